package dev.keyhold;

import dev.keyhold.seal.KekRepository;
import dev.keyhold.seal.Locked;
import dev.keyhold.seal.PrivateFiles;
import dev.keyhold.seal.RootKeyFile;
import dev.keyhold.seal.Seal;
import dev.keyhold.seal.SealCheck;
import dev.keyhold.seal.SealException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/// A root key, and the next one beside it while a replacement is not finished. Which of them is the
/// store's, the store's check value tells.
final class RootKeyChoice implements AutoCloseable {
  private final RootKeyFile file;
  private final Optional<Locked> held;
  private final Seal present;
  private final Optional<Seal> next;
  private final Optional<SealException> unreadable;
  private boolean nextIsChosen;

  private RootKeyChoice(
      RootKeyFile file,
      Optional<Locked> held,
      Seal present,
      Optional<Seal> next,
      Optional<SealException> unreadable) {
    this.file = file;
    this.held = held;
    this.present = present;
    this.next = next;
    this.unreadable = unreadable;
  }

  /// For a start, which finishes a replacement if there is one.
  ///
  /// @throws SealException when the present one can't be had
  static RootKeyChoice of(Config.RootKey configured, RootKeys.Opener opener) {
    return of(configured, opener, RootKeyFile.at(configured.file()).lockUnfinished());
  }

  /// @param held the files, if they can be; closed with this
  /// @throws SealException when the present one can't be had
  static RootKeyChoice of(
      Config.RootKey configured, RootKeys.Opener opener, Optional<Locked> held) {
    PrivateFiles.removeLeftovers(configured.file()); // a kill may have left copies of the key
    var file = RootKeyFile.at(configured.file());
    PrivateFiles.removeLeftovers(file.file()); // elsewhere, behind a symbolic link
    try {
      Seal present = opener.open(configured.file());
      try {
        Optional<Seal> next =
            file.hasNext() ? Optional.of(opener.open(file.next())) : Optional.empty();
        return new RootKeyChoice(file, held, present, next, Optional.empty());
      } catch (SealException e) { // which is of no account while the present one is the store's
        return new RootKeyChoice(file, held, present, Optional.empty(), Optional.of(e));
      } catch (RuntimeException e) {
        present.close();
        throw e;
      }
    } catch (RuntimeException e) {
      held.ifPresent(Locked::close);
      throw e;
    }
  }

  /// One that was just made.
  static RootKeyChoice of(Config.RootKey configured, Seal made) {
    return new RootKeyChoice(
        RootKeyFile.at(configured.file()),
        Optional.empty(),
        made,
        Optional.empty(),
        Optional.empty());
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

  /// Puts the next one in the place of the present one, which gets another name.
  ///
  /// @return where the present one is
  /// @throws IOException when it can't be done now: it can be tried again
  Path promote(Runnable kept) throws IOException {
    if (held.isEmpty()) {
      throw new IOException("the folder can't be written, or another process holds the files");
    }
    Path old = file.keep(present.id());
    kept.run();
    file.promote();
    return old;
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

  /// Closes what was not chosen, and lets go of the files. The other is the caller's from here on.
  Seal release() {
    held.ifPresent(Locked::close);
    if (nextIsChosen) {
      present.close();
    } else {
      next.ifPresent(Seal::close);
    }
    return chosen();
  }

  @Override
  public void close() {
    held.ifPresent(Locked::close);
    present.close();
    next.ifPresent(Seal::close);
  }
}
