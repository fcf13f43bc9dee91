package dev.keyhold.operation;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.crypto.KeyPairSpec;
import dev.keyhold.crypto.KeyPairs;
import dev.keyhold.crypto.Random;
import dev.keyhold.envelope.CallerContext;
import dev.keyhold.envelope.Envelope;
import dev.keyhold.envelope.Purpose;
import dev.keyhold.error.Blocking;
import dev.keyhold.error.KmsError;
import dev.keyhold.error.KmsException.Rejected;
import dev.keyhold.error.KmsException.Unavailable;
import dev.keyhold.iam.Authorizer;
import dev.keyhold.iam.Caller;
import dev.keyhold.iam.Principal;
import dev.keyhold.iam.SettableTime;
import dev.keyhold.iam.UserId;
import dev.keyhold.key.DomainId;
import dev.keyhold.key.KeySpec;
import dev.keyhold.key.ProjectId;
import dev.keyhold.keyring.KeyGenerator;
import dev.keyhold.keyring.OpenKey;
import dev.keyhold.keyring.TestKeyring;
import dev.keyhold.operation.Containers.Content;
import dev.keyhold.seal.FileSeal;
import dev.keyhold.seal.Keks;
import dev.keyhold.seal.MemoryKekRepository;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class Level4Test {
  private static final String PIN = "correct-horse";
  private static final Optional<String> PLAIN_TEXT = Optional.of("PlainText");
  private static final CallerContext CONTEXT = new CallerContext.Text("123aad");

  @TempDir Path folder;
  private final SettableTime time = new SettableTime(Instant.EPOCH);
  private final byte[] datakey = Random.bytes(64);
  private TestKeyring keyring;
  private OpenKey key;
  private Level4 level4;
  private PinCreation creation;
  private Caller alice;

  @BeforeEach
  void open() {
    keyring = new TestKeyring(folder);
    key = keyring.create(KeySpec.AES_256);
    var keks = new Keks(FileSeal.create(folder.resolve("pins.key")), new MemoryKekRepository());
    level4 = Level4.on(keks, time::nanoTime);
    creation = new PinCreation(new Authorizer(), level4);
    alice = caller(keyring.project());
  }

  @AfterEach
  void close() {
    key.close();
    keyring.close();
  }

  @ParameterizedTest
  @EnumSource(
      value = KeySpec.class,
      names = {"AES_256", "SM4"})
  void aPinOpensWhatItClosedAndNoOtherDoes(KeySpec spec) {
    try (OpenKey cmk = keyring.create(spec)) {
      byte[] container = seal(cmk, plain(PIN));
      assertThat(open(cmk, container, plain(PIN))).contains(datakey);
      assertThat(open(cmk, container, plain(PIN + "!"))).isEmpty();
      assertThat(open(cmk, container, plain("Correct-horse"))).isEmpty();
      assertThat(open(cmk, container, Pin.NONE)).isEmpty();
    }
  }

  @Test
  void aContainerWithoutAPinDoesNotOpenWithOne() {
    byte[] container = seal(key, Pin.NONE);
    assertThat(open(key, container, Pin.NONE)).contains(datakey);
    assertThat(open(key, container, plain(PIN))).isEmpty();
  }

  @Test
  void aPinDoesNotReplaceContextOrKey() {
    byte[] container = seal(key, plain(PIN));
    try (Pin pin = plain(PIN);
        OpenKey other = keyring.create(KeySpec.AES_256)) {
      assertThat(level4.openWrappedKey(alice, key, container, CallerContext.NONE, pin)).isEmpty();
      assertThat(level4.openWrappedKey(alice, other, container, CONTEXT, pin)).isEmpty();
    }
  }

  @Test
  void theContainerHasTheSizeOfOneWithoutAPin() {
    assertThat(seal(key, plain(PIN))).hasSize(Envelope.containerBytes(datakey.length));
  }

  @Test
  void wrongPinsLockTheirCallerOutAndNobodyElse() {
    byte[] container = seal(key, plain(PIN));
    for (int i = 0; i < 5; i++) {
      assertThat(open(key, container, plain("guess-no-" + i))).isEmpty();
    }
    assertRefused(KmsError.INVALID_CIPHERTEXT, () -> open(key, container, plain(PIN)));

    try (Pin pin = plain(PIN)) {
      assertThat(level4.openWrappedKey(caller(keyring.project()), key, container, CONTEXT, pin))
          .isPresent();
    }
    // What has no PIN is not locked, nor is making containers.
    assertThat(open(key, seal(key, Pin.NONE), Pin.NONE)).contains(datakey);
    seal(key, plain(PIN));

    time.pass(Duration.ofMinutes(15));
    assertThat(open(key, container, plain(PIN))).contains(datakey);
  }

  @Test
  void whatIsNoContainerOfTheKeyDoesNotCountAsAGuess() {
    byte[] container = seal(key, plain(PIN));
    byte[] broken = container.clone();
    broken[10]++;
    for (int i = 0; i < 6; i++) {
      assertThat(open(key, broken, plain(PIN))).isEmpty();
    }
    assertThat(open(key, container, plain(PIN))).contains(datakey);
  }

  @Test
  void anIssuedPinOpensInItsProjectAlone() {
    String issued = create(Optional.empty(), Optional.of("1"));
    byte[] container = seal(key, given(issued, "CipherText"));
    assertThat(open(key, container, given(issued, "CipherText"))).contains(datakey);
    try (Pin absentType =
        level4.pin(alice, Optional.of(text(issued)), Optional.empty())) { // the default
      assertThat(level4.openWrappedKey(alice, key, container, CONTEXT, absentType)).isPresent();
    }
    String other = create(Optional.of("CipherText"), Optional.of("2"));
    assertThat(open(key, container, given(other, "CipherText"))).isEmpty();

    Caller stranger = caller(ProjectId.random());
    assertRefused(
        KmsError.INVALID_PARAMETER,
        () -> level4.pin(stranger, Optional.of(text(issued)), Optional.of("CipherText")));
    assertRefused(KmsError.INVALID_PARAMETER, () -> given(issued, "PlainText"));
    char last = issued.charAt(20) == 'A' ? 'B' : 'A';
    String altered = issued.substring(0, 20) + last + issued.substring(21);
    assertRefused(KmsError.INVALID_PARAMETER, () -> given(altered, "CipherText"));
  }

  @Test
  void aPlainPinIsMadeToBeTyped() {
    String pin = create(Optional.of("PlainText"), Optional.empty());
    assertThat(pin).matches("[A-HJ-NP-Z2-9]{16}");
    assertThat(create(Optional.of("PlainText"), Optional.empty())).isNotEqualTo(pin);
    byte[] container = seal(key, plain(pin));
    assertThat(open(key, container, plain(pin))).contains(datakey);
  }

  @Test
  void createPinWantsAKeystoreItHas() {
    assertRefused(KmsError.MISSING_MEMBER, () -> create(Optional.empty(), Optional.empty()));
    assertRefused(KmsError.KEYSTORE_UNSUPPORTED, () -> create(Optional.empty(), Optional.of("3")));
    assertRefused(
        KmsError.INVALID_PARAMETER, () -> create(Optional.of("plaintext"), Optional.of("1")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "1234567", "with blank", "tab\tbetween", "pässwörd", "null\0null", "１２３４５６７８"})
  void aPlainPinHas8To64PrintableCharactersOfAscii(String pin) {
    assertRefused(KmsError.INVALID_PARAMETER, () -> plain(pin));
  }

  @Test
  void aPlainPinHas64CharactersAtMost() {
    plain("12345678").close();
    plain("x".repeat(64)).close();
    assertRefused(KmsError.INVALID_PARAMETER, () -> plain("x".repeat(65)));
  }

  @Test
  void aTypeWithoutAPinIsRefused() {
    assertRefused(
        KmsError.INVALID_PARAMETER,
        () -> level4.pin(alice, Optional.empty(), Optional.of("PlainText")));
    assertRefused(KmsError.INVALID_PARAMETER, () -> given(PIN, "Plain"));
    assertRefused(KmsError.INVALID_PARAMETER, () -> given("garbage!", "CipherText"));
    assertRefused(KmsError.INVALID_PARAMETER, () -> given("", "CipherText"));
  }

  @Test
  void pinsAndPrivateKeysLeaveTheEventLoop() {
    Runnable withPin = () -> plain(PIN).close();
    Runnable withKeySpec = () -> level4.privateKeyKind(Optional.of("SM2"));
    Runnable without = () -> level4.pin(alice, Optional.empty(), Optional.empty()).close();
    assertThatThrownBy(() -> Blocking.forbidden(withPin)).isInstanceOf(Blocking.WouldBlock.class);
    assertThatThrownBy(() -> Blocking.forbidden(withKeySpec))
        .isInstanceOf(Blocking.WouldBlock.class);
    Blocking.forbidden(without);
  }

  @Test
  void keySpecStatesASoundPrivateKeyOfItsKind() {
    try (var sm2 = KeyPairs.generate(KeyPairSpec.SM2);
        var p256 = KeyPairs.generate(KeyPairSpec.EC_P256);
        var rsa = KeyPairs.generate(KeyPairSpec.RSA_2048);
        var garbage = new KeyMaterial(Random.bytes(128));
        var generator = new KeyGenerator()) {
      PrivateKeyKind.parse("SM2").require(sm2.privateKey(), generator);
      PrivateKeyKind.parse("RSA").require(rsa.privateKey(), generator);
      for (KeyMaterial wrong : new KeyMaterial[] {p256.privateKey(), rsa.privateKey(), garbage}) {
        assertRefused(
            KmsError.INVALID_PLAIN_TEXT, () -> PrivateKeyKind.SM2.require(wrong, generator));
      }
      for (KeyMaterial wrong : new KeyMaterial[] {p256.privateKey(), sm2.privateKey(), garbage}) {
        assertRefused(
            KmsError.INVALID_PLAIN_TEXT, () -> PrivateKeyKind.RSA.require(wrong, generator));
      }
      byte[] trailing = rsa.privateKey().lend(der -> Arrays.copyOf(der, der.length + 1));
      assertRefused(
          KmsError.INVALID_PLAIN_TEXT,
          () -> PrivateKeyKind.RSA.require(new KeyMaterial(trailing), generator));
    }
    assertRefused(KmsError.INVALID_PARAMETER, () -> PrivateKeyKind.parse("AES_256"));
  }

  @Test
  void privateKeysAreLookedAtWhereKeysAreMadeAndNotAllAtOnce() {
    var closed = new KeyGenerator();
    closed.close();
    try (var rsa = KeyPairs.generate(KeyPairSpec.RSA_2048)) {
      assertThatThrownBy(() -> PrivateKeyKind.RSA.require(rsa.privateKey(), closed))
          .isInstanceOf(Unavailable.class);
    }
  }

  @Test
  void whatIsWrongWithAPinIsToldWithoutAKey() {
    level4.checkPin(Optional.empty(), Optional.empty());
    level4.checkPin(Optional.of(text(PIN)), PLAIN_TEXT);
    level4.checkPin(Optional.of(text("one that is opened later")), Optional.empty());
    assertRefused(KmsError.INVALID_PARAMETER, () -> level4.checkPin(Optional.empty(), PLAIN_TEXT));
    assertRefused(
        KmsError.INVALID_PARAMETER,
        () -> level4.checkPin(Optional.of(text(PIN)), Optional.of("Plain")));
    assertRefused(
        KmsError.INVALID_PARAMETER, () -> level4.checkPin(Optional.of(text("short")), PLAIN_TEXT));
  }

  @Test
  void aPrivateKeyStaysOneWithAndWithoutAPin() {
    for (Purpose purpose : new Purpose[] {Purpose.SM2_PRIVATE_KEY, Purpose.RSA_PRIVATE_KEY}) {
      byte[] bare = level4.seal(key, purpose, CONTEXT, Pin.NONE, datakey, 0, datakey.length);
      try (Pin pin = plain(PIN);
          Content opened =
              level4.openWrappedKey(alice, key, bare, CONTEXT, Pin.NONE).orElseThrow();
          Content again =
              level4
                  .openWrappedKey(
                      alice,
                      key,
                      level4.seal(key, purpose, CONTEXT, pin, datakey, 0, datakey.length),
                      CONTEXT,
                      pin)
                  .orElseThrow()) {
        assertThat(opened.purpose()).isEqualTo(purpose);
        assertThat(again.purpose()).isEqualTo(purpose);
      }
    }
  }

  @Test
  void whereItIsOffItsMembersAreRefused() {
    Level4 off = Level4.off();
    assertRefused(
        KmsError.INVALID_PARAMETER, () -> off.pin(alice, Optional.of(text(PIN)), Optional.empty()));
    assertRefused(
        KmsError.INVALID_PARAMETER,
        () -> off.pin(alice, Optional.empty(), Optional.of("PlainText")));
    assertRefused(KmsError.INVALID_PARAMETER, () -> off.privateKeyKind(Optional.of("SM2")));
    assertRefused(
        KmsError.INVALID_PARAMETER,
        () ->
            new PinCreation(new Authorizer(), off)
                .create(
                    alice,
                    new PinCreation.Request(Optional.empty(), Optional.of("1"), Optional.empty())));
  }

  @Test
  void emptyMembersSayNothing() {
    var empty = Optional.of("");
    for (Level4 either : new Level4[] {level4, Level4.off()}) {
      assertThat(either.privateKeyKind(empty)).isEmpty();
      assertThat(either.pin(alice, Optional.of(text("")), empty)).isEqualTo(Pin.NONE);
    }
    Pin issued = level4.pin(alice, Optional.of(text(create(empty, Optional.of("1")))), empty);
    assertThat(issued.material()).isPresent();
    issued.close();
    assertRefused(
        KmsError.INVALID_PARAMETER, () -> level4.pin(alice, Optional.of(text("")), PLAIN_TEXT));
  }

  private byte[] seal(OpenKey cmk, Pin pin) {
    try (pin) {
      return level4.seal(cmk, Purpose.DATAKEY, CONTEXT, pin, datakey, 0, datakey.length);
    }
  }

  private Optional<byte[]> open(OpenKey cmk, byte[] container, Pin pin) {
    try (pin) {
      return level4
          .openWrappedKey(alice, cmk, container, CONTEXT, pin)
          .map(content -> content.plaintext().lend(byte[]::clone));
    }
  }

  private Pin plain(String pin) {
    return given(pin, "PlainText");
  }

  private Pin given(String pin, String type) {
    return level4.pin(alice, Optional.of(text(pin)), Optional.of(type));
  }

  private String create(Optional<String> type, Optional<String> keystore) {
    try (var made =
        creation.create(alice, new PinCreation.Request(type, keystore, Optional.empty()))) {
      String pin = made.pin().lend(String::new);
      assertThat(pin.getBytes(US_ASCII)).hasSize(pin.length());
      return pin;
    }
  }

  private static SecretText text(String text) {
    return new SecretText(text.toCharArray());
  }

  private static Caller caller(ProjectId project) {
    return new Caller(
        new Principal(
            UserId.random(),
            "somebody",
            DomainId.random(),
            Optional.empty(),
            Principal.Method.SIGNATURE),
        project);
  }

  private static void assertRefused(KmsError error, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            Rejected.class, refused -> assertThat(refused.error()).isEqualTo(error));
  }
}
