package dev.keyhold;

import dev.keyhold.error.KmsException.Unavailable;
import dev.keyhold.feed.Freshness;
import dev.keyhold.seal.KekRepository;
import dev.keyhold.seal.Seal;
import dev.keyhold.seal.SealCheck;
import dev.keyhold.seal.SealException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Notices that the root key of a shared store was replaced while this node was running, though all
/// are to be stopped for that: one that was cut off, say. It serves nothing from then on; and
/// [dev.keyhold.seal.Keks] makes no KEK under a root key that is no longer the store's.
final class RootKeyWatch {
  private static final Logger LOG = LoggerFactory.getLogger(RootKeyWatch.class);

  private final Seal seal;
  private final KekRepository keks;
  private final Freshness freshness;
  private volatile boolean suspected;

  RootKeyWatch(Seal seal, KekRepository keks, Freshness freshness) {
    this.seal = seal;
    this.keks = keks;
    this.freshness = freshness;
  }

  /// Has the next [#look] look: the root key may have been replaced. Does not wait.
  void suspect() {
    suspected = true;
  }

  /// To be called once in a while, by one thread.
  ///
  /// @throws Unavailable when the store does not answer
  void look() {
    if (!suspected) {
      return;
    }
    suspected = false;
    try {
      SealCheck.verify(seal, keks);
    } catch (SealException e) {
      freshness.lose();
      LOG.error("this node has to be stopped, and serves nothing until then: {}", e.getMessage());
    } catch (Unavailable e) {
      suspected = true;
      throw e;
    }
  }
}
