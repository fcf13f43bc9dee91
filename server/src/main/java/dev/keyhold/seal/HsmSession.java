package dev.keyhold.seal;

import dev.keyhold.error.KmsException.Unavailable;
import dev.keyhold.seal.Hsm.Token;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.InvalidParameterException;
import java.security.KeyStore;
import java.security.Provider;
import java.security.ProviderException;
import java.security.Security;
import java.security.UnrecoverableKeyException;
import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The login to a token: come by when it is first needed, and again after a failure, then with the
/// module begun anew. A wrong PIN is not tried twice. Used by one thread.
final class HsmSession {
  private static final Logger LOG = LoggerFactory.getLogger(HsmSession.class);
  private static final Duration RESTART_PAUSE = Duration.ofMillis(500);
  private static final int MAX_PIN_BYTES = 1024;

  private final Token token;
  private @Nullable KeyStore session;
  private @Nullable FileTime refusedPin;
  private boolean worn; // the module, by a failure for which a new session was no cure
  private long restartNotBefore = System.nanoTime();

  HsmSession(Token token) {
    this.token = token;
  }

  /// What is done with a token that is logged in to.
  interface Work<T> {
    T run(KeyStore store) throws GeneralSecurityException;
  }

  /// Does it, once more with a new session if it fails with one that there was: that may have ended
  /// with the token's restart.
  ///
  /// @throws Unavailable when it fails all the same
  <T> T attempt(Work<T> work) {
    boolean fresh = session == null;
    try {
      return work.run(session());
    } catch (GeneralSecurityException | ProviderException | IOException | SealException first) {
      session = null;
      if (fresh) {
        worn |= !(first instanceof PinTrouble);
        throw unavailable(first);
      }
      try {
        return work.run(session());
      } catch (GeneralSecurityException | ProviderException | IOException | SealException again) {
        session = null;
        worn |= !(again instanceof PinTrouble);
        throw unavailable(again);
      }
    }
  }

  Unavailable unavailable(Exception cause) {
    return new Unavailable("the HSM of cluster " + token.cluster(), cause);
  }

  private KeyStore session() throws GeneralSecurityException, IOException {
    KeyStore open = session;
    if (open == null) {
      requireNewPin();
      if (worn && System.nanoTime() - restartNotBefore >= 0) {
        restart();
      }
      open = login(provider());
      session = open;
      LOG.info("logged in to the HSM of cluster {}", token.cluster());
    }
    return open;
  }

  /// Takes a tenth of the thread's time at the most, since other keystores need it: a token that
  /// lacks one keystore's key is no reason to keep all others waiting.
  private void restart() {
    worn = false;
    long begin = System.nanoTime();
    try {
      Pkcs11Module.restart(token.library());
      LOG.info("began the module of the HSM of cluster {} anew", token.cluster());
    } finally {
      long end = System.nanoTime();
      restartNotBefore = end + Math.max(RESTART_PAUSE.toNanos(), 10 * (end - begin));
    }
  }

  private Provider provider() {
    try {
      return Security.getProvider("SunPKCS11")
          .configure(
              """
              --name = keyhold-%s
              library = %s
              slotListIndex = %d
              attributes(*,CKO_SECRET_KEY,CKK_AES) = {
                CKA_SENSITIVE = true
                CKA_EXTRACTABLE = false
                CKA_ENCRYPT = true
                CKA_DECRYPT = true
              }
              """
                  .formatted(token.cluster(), token.library(), token.slot()));
    } catch (InvalidParameterException e) {
      throw new ProviderException("the PKCS#11 module can't be used", e);
    }
  }

  private void requireNewPin() throws PinTrouble {
    if (pinChanged().equals(refusedPin)) {
      throw new PinTrouble("the PIN was wrong, and its file has not changed since", null);
    }
  }

  /// Not the token's.
  private static final class PinTrouble extends IOException {
    private static final long serialVersionUID = 1L;

    PinTrouble(String message, @Nullable Exception cause) {
      super(message, cause);
    }
  }

  private KeyStore login(Provider provider) throws GeneralSecurityException, IOException {
    FileTime changed = pinChanged();
    char[] pin;
    try {
      pin = pin();
    } catch (SealException e) {
      throw new PinTrouble("its PIN file can't be used", e);
    }
    try {
      KeyStore store = KeyStore.getInstance("PKCS11", provider);
      store.load(null, pin);
      refusedPin = null;
      return store;
    } catch (IOException e) {
      if (e.getCause() instanceof UnrecoverableKeyException) {
        refusedPin = changed;
        LOG.error(
            "the HSM of cluster {} refuses the PIN of {}: it is not tried again until that file"
                + " changes",
            token.cluster(),
            token.pinFile());
        throw new PinTrouble("the PIN is wrong", e);
      }
      throw e;
    } finally {
      Arrays.fill(pin, '\0');
    }
  }

  private FileTime pinChanged() throws PinTrouble {
    try {
      return Files.getLastModifiedTime(token.pinFile());
    } catch (IOException e) {
      throw new PinTrouble("its PIN file can't be read", e);
    }
  }

  private char[] pin() {
    byte[] content = PrivateFiles.read(token.pinFile(), "PIN file", MAX_PIN_BYTES);
    CharBuffer text = StandardCharsets.UTF_8.decode(ByteBuffer.wrap(content));
    Arrays.fill(content, (byte) 0);
    int end = 0;
    while (end < text.length() && text.charAt(end) != '\n' && text.charAt(end) != '\r') {
      end++;
    }
    char[] pin = new char[end];
    text.get(pin);
    Arrays.fill(text.array(), '\0');
    return pin;
  }
}
