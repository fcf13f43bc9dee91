package dev.keyhold;

import dev.keyhold.seal.KekRepository;
import dev.keyhold.seal.PrivateFiles;
import dev.keyhold.seal.RootKeyFile;
import dev.keyhold.seal.Seal;
import dev.keyhold.seal.SealCheck;
import dev.keyhold.seal.SealException;
import java.util.Optional;

/// A root key, and the next one beside it while a replacement is not finished. Which of them is the
/// store's, the store's check value tells.
final class RootKeyChoice implements AutoCloseable {
  private final RootKeyFile file;
  private final Seal present;
  private final Optional<Seal> next;
  private final Optional<SealException> unreadable;
  private boolean nextIsChosen;

  private RootKeyChoice(
      RootKeyFile file, Seal present, Optional<Seal> next, Optional<SealException> unreadable) {
    this.file = file;
    this.present = present;
    this.next = next;
    this.unreadable = unreadable;
  }

  /// @throws SealException when the present one can't be had
  static RootKeyChoice of(Config.RootKey configured, RootKeys.Opener opener) {
    PrivateFiles.removeLeftovers(configured.file()); // a kill may have left copies of the key
    var file = RootKeyFile.at(configured.file());
    Seal present = opener.open(configured.file());
    if (!file.hasNext()) {
      return new RootKeyChoice(file, present, Optional.empty(), Optional.empty());
    }
    try {
      return new RootKeyChoice(
          file, present, Optional.of(opener.open(file.next())), Optional.empty());
    } catch (SealException e) { // which is of no account while the present one is the store's
      return new RootKeyChoice(file, present, Optional.empty(), Optional.of(e));
    } catch (RuntimeException e) {
      present.close();
      throw e;
    }
  }

  /// One that was just made.
  static RootKeyChoice of(Config.RootKey configured, Seal made) {
    return new RootKeyChoice(
        RootKeyFile.at(configured.file()), made, Optional.empty(), Optional.empty());
  }

  /// Chooses the one that the store opens with. Before that it is the present one.
  ///
  /// @throws SealException when neither is
  void choose(KekRepository keks) {
    try {
      SealCheck.verify(present, keks);
      nextIsChosen = false;
    } catch (SealException e) {
      if (unreadable.isPresent()) {
        throw new SealException(e.getMessage() + " " + unreadable.get().getMessage(), e);
      }
      SealCheck.verify(next.orElseThrow(() -> e), keks);
      nextIsChosen = true;
    }
  }

  boolean isNext() {
    return nextIsChosen;
  }

  RootKeyFile file() {
    return file;
  }

  Seal chosen() {
    return nextIsChosen ? next.orElseThrow() : present;
  }

  Seal present() {
    return present;
  }

  /// The next one, which the store may or may not have taken.
  ///
  /// @throws SealException when it is there and can't be had
  Optional<Seal> next() {
    if (unreadable.isPresent()) {
      throw unreadable.get();
    }
    return next;
  }

  /// Closes what was not chosen. The other is the caller's from here on.
  Seal release() {
    if (nextIsChosen) {
      present.close();
    } else {
      next.ifPresent(Seal::close);
    }
    return chosen();
  }

  @Override
  public void close() {
    present.close();
    next.ifPresent(Seal::close);
  }
}
