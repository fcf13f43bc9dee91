package dev.keyhold.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.error.KmsError;
import dev.keyhold.error.KmsException.Rejected;
import dev.keyhold.iam.Authorizer;
import dev.keyhold.iam.Caller;
import dev.keyhold.iam.Principal;
import dev.keyhold.iam.UserId;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.DomainId;
import dev.keyhold.key.KeyFilter;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeySpec;
import dev.keyhold.key.KeyUsage;
import dev.keyhold.key.ProjectId;
import dev.keyhold.keyring.DefaultKeys;
import dev.keyhold.keyring.Keyring;
import dev.keyhold.keyring.TestVault;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/// The operations on keys over a real store, and a caller.
final class TestKms implements AutoCloseable {
  private final TestVault store;
  private final Keyring keyring;
  final Caller caller;
  final DataKeys dataKeys;
  final SmallData smallData;
  final Macs macs;
  final Signatures signatures;
  final PublicKeys publicKeys;
  final KeyAgreement keyAgreement;
  final DatakeyPairs datakeyPairs;
  final ReEncryption reEncryption;
  final KeyQueries queries;

  TestKms(Path folder) {
    this(folder, new Authorizer());
  }

  TestKms(Path folder, Authorizer authorizer) {
    store = new TestVault(folder);
    keyring = new Keyring(store.vault, () -> TestVault.NOW, 100);
    caller = callerIn(store.project);
    var defaultKeys = new DefaultKeys(store.vault, store.generator, () -> TestVault.NOW);
    var references = new KeyReferences(authorizer, store.aliases, defaultKeys, "local-1");
    var access = new KeyAccess(keyring, store.vault, store.grants);
    dataKeys = new DataKeys(references, access, Level4.off(), store.generator);
    smallData = new SmallData(authorizer, references, access);
    macs = new Macs(references, keyring);
    signatures = new Signatures(references, keyring);
    publicKeys = new PublicKeys(references, keyring);
    keyAgreement = new KeyAgreement(references, keyring);
    datakeyPairs = new DatakeyPairs(references, keyring, store.generator, Level4.off());
    reEncryption = new ReEncryption(authorizer, references, access);
    queries =
        new KeyQueries(
            authorizer,
            references,
            access,
            store.vault,
            store.grants,
            store.database,
            "local-1",
            Optional.empty(),
            1_000,
            100);
  }

  static Caller callerIn(ProjectId project) {
    var principal =
        new Principal(
            UserId.random(),
            "test",
            DomainId.random(),
            Optional.of(project),
            Principal.Method.TOKEN);
    return new Caller(principal, project);
  }

  String key(KeySpec spec) {
    return store.create(spec).id().text();
  }

  String key(KeySpec spec, KeyUsage usage) {
    return store.create(store.project, spec, usage).id().text();
  }

  /// How many keys there are, default keys too.
  long keys() {
    return store.vault.count(store.project, KeyFilter.ALL);
  }

  void change(String key, UnaryOperator<Cmk> step) {
    var id = new KeyId(key);
    store.vault.change(store.project, id, step);
    keyring.invalidate(id);
  }

  /// The DER in what get-publickey answers.
  byte[] publicKey(String key) {
    String pem = publicKeys.get(caller, new PublicKeys.Request(key, Optional.empty())).publicKey();
    return Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
  }

  static SecretText secret(String text) {
    return new SecretText(text.toCharArray());
  }

  static SecretText base64(byte[] bytes) {
    return secret(Base64.getEncoder().encodeToString(bytes));
  }

  static String text(Base64Text text) {
    return Base64.getEncoder().encodeToString(text.lent());
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static void refused(KmsError error, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            Rejected.class,
            refusal -> assertThat(refusal.error()).as(refusal.getMessage()).isEqualTo(error));
  }

  @Override
  public void close() {
    keyring.close();
    store.close();
  }
}
