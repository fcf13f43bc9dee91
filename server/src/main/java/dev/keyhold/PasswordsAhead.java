package dev.keyhold;

import dev.keyhold.iam.NewPassword;
import dev.keyhold.iam.Passwords;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/// Random passwords whose hashes, some 60 ms each, are computed while something else goes on: a
/// first start in development mode makes its store meanwhile.
final class PasswordsAhead implements Supplier<NewPassword> {
  private final Passwords passwords;
  private final Queue<FutureTask<NewPassword>> begun = new ArrayDeque<>();

  PasswordsAhead(Passwords passwords) {
    this.passwords = passwords;
  }

  /// Begins with `count` of them.
  void begin(int count) {
    for (int i = 0; i < count; i++) {
      Callable<NewPassword> work = passwords::random;
      var task = new FutureTask<>(work);
      begun.add(task);
      Thread.startVirtualThread(task);
    }
  }

  /// The next that was begun; when there is none, one is made now.
  @Override
  public NewPassword get() {
    FutureTask<NewPassword> next = begun.poll();
    if (next == null) {
      return passwords.random();
    }
    try {
      return next.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("no password could be made", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a password was made", e);
    }
  }
}
