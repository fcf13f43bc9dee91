package dev.keyhold.replication;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.error.GatewayError;
import dev.keyhold.error.KmsError;
import dev.keyhold.key.AliasName;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.GrantOperation;
import dev.keyhold.key.Grantee;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.ProjectId;
import dev.keyhold.key.Regions;
import dev.keyhold.key.Regions.Role;
import dev.keyhold.keyring.GrantVault;
import dev.keyhold.keyring.TestVault;
import dev.keyhold.replication.Channel.Leg;
import dev.keyhold.replication.Message.Materials;
import dev.keyhold.replication.Message.Promote;
import dev.keyhold.replication.Message.Sync;
import dev.keyhold.replication.Message.Target;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// What regions tell each other, and what becomes of it when they can't.
class ReplicationTest extends ThreeRegions {
  @Test
  void allRegionsOpenWhatAnyEncrypted() {
    KeyId id = a.key().id();
    a.rotate(id);
    a.replicate(id, b);
    a.replicate(id, c);
    a.rotate(id);

    for (TestRegion from : List.of(a, b, c)) {
      assertThat(from.load(id).currentVersion()).isEqualTo(2);
      for (TestRegion to : List.of(a, b, c)) {
        assertThat(to.decrypt(id, 2, from.encrypt(id, DATA))).contains(DATA);
      }
    }
    assertThat(a.regions(id).hasWork(2)).isFalse();
  }

  @Test
  void newMaterialIsNotUsedBeforeEveryReplicaHasIt() {
    KeyId id = a.key().id();
    a.replicate(id, b);
    a.replicate(id, c);
    c.down = true;

    refused(KmsError.SERVICE_UNAVAILABLE, () -> a.rotate(id));
    refused(KmsError.SERVICE_UNAVAILABLE, () -> a.rotate(id)); // the same rotation, not another
    assertThat(a.load(id).currentVersion()).isZero();
    assertThat(b.load(id).currentVersion()).isZero();
    assertThat(a.load(id).newestVersion()).isEqualTo(1);

    c.down = false;
    assertThat(a.rotate(id).currentVersion()).isEqualTo(1);
    assertThat(b.load(id).currentVersion()).isEqualTo(1);
    assertThat(c.load(id).currentVersion()).isEqualTo(1);
  }

  @Test
  void replicaOpensTheNextVersionBeforeItIsToldToUseIt() {
    KeyId id = a.key().id();
    a.replicate(id, b);
    a.replicate(id, c);
    c.losesAnswers = true; // it has the material, and nobody knows
    refused(KmsError.SERVICE_UNAVAILABLE, () -> a.rotate(id));
    c.losesAnswers = false;
    a.rotate(id);
    byte[] sealed = a.encrypt(id, DATA);

    assertThat(b.decrypt(id, 1, sealed)).contains(DATA);
    assertThat(b.decrypt(id, 2, sealed)).isEmpty();
  }

  @Test
  void aRegionTakenOutOfTheConfigurationIsNotWaitedFor() {
    KeyId id = a.key().id();
    a.replicate(id, b);
    a.forgets(b);

    assertThat(a.rotate(id).currentVersion()).isEqualTo(1);
    assertThat(b.load(id).currentVersion()).isZero();

    a.knows(b);
    a.replicator.deliverAll();
    assertThat(b.load(id).currentVersion()).isEqualTo(1);
    assertThat(b.decrypt(id, 1, a.encrypt(id, DATA))).contains(DATA);
  }

  @Test
  void replicatingCanBeRepeatedWhenItsAnswerWasLost() {
    KeyId id = a.key().id();
    b.losesAnswers = true;
    refused(KmsError.SERVICE_UNAVAILABLE, () -> a.replicate(id, b));
    assertThat(b.load(id).regions()).isPresent();

    b.losesAnswers = false;
    a.replicate(id, b);
    assertThat(a.regions(id).in("b").orElseThrow().has()).isZero();
    refused(KmsError.INVALID_PARAMETER, () -> a.replicate(id, b));
  }

  @Test
  void whatNeverCameToBeIsForgotten() {
    KeyId id = a.key().id();
    b.down = true;
    refused(KmsError.SERVICE_UNAVAILABLE, () -> a.replicate(id, b));
    assertThat(a.regions(id).replicas()).hasSize(1);

    b.down = false;
    a.replicator.beforeDeletion(a.store.project, id);
    assertThat(a.regions(id).replicas()).hasSize(1); // what makes it may still be on its way
    a.waits(Duration.ofSeconds(16));
    a.replicator.beforeDeletion(a.store.project, id);
    assertThat(a.regions(id).replicas()).isEmpty();
    assertThat(b.keys.find(b.store.project, id)).isEmpty();
  }

  @Test
  void thereAreNeverTwoPrimaries() {
    KeyId id = a.key().id();
    a.replicate(id, b);
    a.replicate(id, c);
    b.losesAnswers = true;
    refused(KmsError.SERVICE_UNAVAILABLE, () -> a.rotate(id));
    b.losesAnswers = false;
    a.rotate(id);

    b.losesAnswers = true;
    refused(KmsError.SERVICE_UNAVAILABLE, () -> a.movePrimary(id, b));
    // b refused to answer before the move began, or is the primary: a is not, in either case.
    assertThat(List.of(a.regions(id).role(), b.regions(id).role())).containsOnlyOnce(Role.PRIMARY);
    b.losesAnswers = false;

    a.movePrimary(id, b);
    assertThat(a.regions(id).role()).isEqualTo(Role.REPLICA);
    assertThat(b.regions(id).role()).isEqualTo(Role.PRIMARY);
    refused(KmsError.ROTATION_UNSUPPORTED, () -> a.rotate(id));
    assertThat(b.rotate(id).currentVersion()).isEqualTo(2);
    assertThat(c.regions(id).primary()).isEqualTo("b");
    assertThat(c.decrypt(id, 2, a.encrypt(id, DATA))).contains(DATA);
  }

  @Test
  void aMoveWhoseAnswerIsLostEndsByItself() throws Exception {
    KeyId id = a.key().id();
    a.replicate(id, b);
    Cmk leaving = a.keys.change(a.load(id), cmk -> Regions.changed(cmk, it -> it.leavingFor("b")));
    refused(KmsError.ROTATION_UNSUPPORTED, () -> a.rotate(id));
    refused(
        KmsError.INVALID_PARAMETER,
        () -> leaving.deletionScheduled(TestVault.NOW, Duration.ofDays(7)));
    refused(KmsError.INVALID_PARAMETER, () -> a.movePrimary(id, c));

    b.losesAnswers = true;
    a.replicator.deliverAll();
    assertThat(a.regions(id).role()).isEqualTo(Role.LEAVING);
    assertThat(b.regions(id).role()).isEqualTo(Role.PRIMARY);
    b.losesAnswers = false;
    b.rotate(id); // the new primary may go on before the old one has heard
    a.replicator.deliver(a.load(id));
    assertThat(a.regions(id).role()).isEqualTo(Role.REPLICA);
    assertThat(a.load(id).currentVersion()).isEqualTo(1);
  }

  @Test
  void aRefusedMoveLeavesThePrimaryWhereItWas() {
    KeyId id = a.key().id();
    a.replicate(id, b);
    b.keys.change(b.load(id), cmk -> cmk.deletionScheduled(TestVault.NOW, Duration.ofDays(7)));

    refused(KmsError.INVALID_PARAMETER, () -> a.movePrimary(id, b));
    assertThat(a.regions(id).role()).isEqualTo(Role.PRIMARY);
    assertThat(a.rotate(id).currentVersion()).isEqualTo(1);
    // The message that was refused comes again, late: it is worth nothing any more.
    b.keys.change(b.load(id), Cmk::deletionCancelled);
    assertThat(tell(b, promote(id, 1, 1))).isInstanceOf(Reply.Standing.class);
    assertThat(b.regions(id).role()).isEqualTo(Role.REPLICA);
  }

  @Test
  void aDestroyedReplicaIsForgottenAndThePrimaryCanGo() {
    KeyId id = a.key().id();
    a.replicate(id, b);
    refused(
        KmsError.INVALID_PARAMETER,
        () -> a.load(id).deletionScheduled(TestVault.NOW, Duration.ofDays(7)));
    b.keys.change(b.load(id), cmk -> cmk.deletionScheduled(TestVault.NOW, Duration.ofDays(-1)));
    b.destroyDueKeys();

    a.replicator.beforeDeletion(a.store.project, id);
    assertThat(a.load(id).deletionScheduled(TestVault.NOW, Duration.ofDays(7))).isNotNull();
    a.replicate(id, b); // or be replicated again
    assertThat(b.decrypt(id, 0, a.encrypt(id, DATA))).contains(DATA);
  }

  /// They went with the key that had its id.
  @Test
  void aReplicaThatIsMadeAgainHasNeitherGrantsNorAliasesOfBefore() {
    KeyId id = a.key().id();
    a.replicate(id, b);
    var owner = new GrantVault.Party(b.store.project, "owner", b.store.domain.text());
    var holder = new GrantVault.Party(ProjectId.random(), "holder", "other");
    b.store.grants.create(
        owner,
        new GrantVault.Wish(
            id,
            "",
            new Grantee(Grantee.Type.USER, "holder"),
            Set.of(GrantOperation.DECRYPT_DATA),
            ""),
        TestVault.NOW,
        10);
    var name = new AliasName("mine");
    b.store.aliases.create(b.store.project, id, name, TestVault.NOW);
    assertThat(b.store.grants.projectGranting(holder, id, GrantOperation.DECRYPT_DATA)).isPresent();
    assertThat(b.store.aliases.resolve(b.store.domain, name)).contains(id);
    b.keys.change(b.load(id), cmk -> cmk.deletionScheduled(TestVault.NOW, Duration.ofDays(-1)));
    b.destroyDueKeys();
    a.replicator.beforeDeletion(a.store.project, id);
    a.replicate(id, b);

    assertThat(b.store.grants.projectGranting(holder, id, GrantOperation.DECRYPT_DATA)).isEmpty();
    assertThat(b.store.aliases.resolve(b.store.domain, name)).isEmpty();
  }

  @Test
  void aReplicaThatIsMadeAgainIsNotForgottenForTheOneBefore() {
    KeyId id = a.key().id();
    a.replicate(id, b);
    b.keys.change(b.load(id), cmk -> cmk.deletionScheduled(TestVault.NOW, Duration.ofDays(-1)));
    b.destroyDueKeys();
    b.beforeAnswering.set(() -> a.replicate(id, b));
    a.replicator.beforeDeletion(a.store.project, id); // hears that it is gone when it is back

    assertThat(a.regions(id).in("b")).isPresent();
    a.rotate(id);
    opensWhatWasEncryptedIn(a, b, id);
  }

  @Test
  void onlyADomainOfTheSameNameTakesKeys() throws Exception {
    try (TestRegion foreign = region("foreign", "another")) {
      a.knows(foreign);
      foreign.knows(a);
      KeyId id = a.key().id();
      refused(KmsError.WRONG_PROJECT, () -> a.replicate(id, foreign));
      assertThat(foreign.keys.find(foreign.store.project, id)).isEmpty();
      assertThat(a.regions(id).replicas()).isEmpty();
    }
  }

  @Test
  void twoSecretsUnderstandNothingOfEachOther() {
    KeyId id = a.key().id();
    b.setSecret("another secret, 32 bytes in all!".getBytes(StandardCharsets.US_ASCII));

    refused(KmsError.SERVICE_UNAVAILABLE, () -> a.replicate(id, b));
    assertThat(b.keys.find(b.store.project, id)).isEmpty();
  }

  @Test
  void nothingButAPeersOwnFreshMessageIsHeard() {
    KeyId id = a.key().id();
    a.replicate(id, b);
    Leg leg = leg("a", "b", 0);
    byte[] sealed = sealed(leg, new Sync(target(id, 0), new Materials(0, List.of())));

    assertThat(receive(leg, sealed)).isNotEmpty();
    assertThat(receive(leg, sealed)).isNotEmpty(); // again, to no effect
    for (int at : List.of(0, 23, 24, sealed.length - 1)) {
      byte[] altered = sealed.clone();
      altered[at] ^= 1;
      refused(GatewayError.INCORRECT_IAM_AUTHENTICATION, () -> receive(leg, altered));
    }
    for (Leg other :
        List.of(leg("c", "b", 0), leg("a", "c", 0), leg("x", "b", 0), leg("a", "b", 1))) {
      refused(GatewayError.INCORRECT_IAM_AUTHENTICATION, () -> receive(other, sealed));
    }
    for (long minutes : List.of(-6, 6)) {
      Leg late = leg("a", "b", Duration.ofMinutes(minutes).toMillis());
      byte[] ofThen = sealed(late, new Sync(target(id, 0), new Materials(0, List.of())));
      refused(GatewayError.INCORRECT_IAM_AUTHENTICATION, () -> receive(late, ofThen));
    }
    refused(
        GatewayError.INCORRECT_IAM_AUTHENTICATION,
        () ->
            b.receiver.receive(Optional.empty(), Optional.of("b"), Optional.of("x"), new byte[0]));
  }

  @Test
  void anAnswerIsNoAnswerToAnotherQuestion() {
    try (Channel channel = TestRegion.channel(TestRegion.SECRET)) {
      Leg leg = leg("a", "b", 0);
      byte[] first = sealed(leg, promote(KeyId.random(), 1, 0));
      byte[] second = sealed(leg, promote(KeyId.random(), 1, 0));
      try (var gone = Codec.encode(new Reply.Gone())) {
        byte[] answer = channel.sealAnswer(leg, first, gone);
        assertThat(channel.openAnswer(leg, first, answer)).isPresent();
        assertThat(channel.openAnswer(leg, second, answer)).isEmpty();
        assertThat(channel.openRequest(leg, answer)).isEmpty();
      }
    }
  }

  @Test
  void materialIsNotToBeSeenOnTheWay() {
    Cmk cmk = a.key();
    byte[] material;
    byte[] sealed;
    try (var message = new Sync(target(cmk.id(), 0), new Materials(0, a.keys.export(cmk, 0)))) {
      material = message.materials().versions().getFirst().encoded().lend(byte[]::clone);
      sealed = sealed(leg("a", "b", 0), message);
    }
    assertThat(material).hasSize(32);
    assertThat(new String(sealed, StandardCharsets.ISO_8859_1))
        .doesNotContain(new String(material, StandardCharsets.ISO_8859_1))
        .doesNotContain(cmk.id().text());
  }

  private byte[] sealed(Leg leg, Message message) {
    try (Channel channel = TestRegion.channel(TestRegion.SECRET);
        var encoded = Codec.encode(message)) {
      return channel.sealRequest(leg, encoded);
    }
  }

  private Reply tell(TestRegion to, Message message) {
    Leg leg = leg("a", to.name, 0);
    byte[] request = sealed(leg, message);
    byte[] answer = receive(leg, request);
    try (Channel channel = TestRegion.channel(TestRegion.SECRET);
        var opened = channel.openAnswer(leg, request, answer).orElseThrow()) {
      return opened.lend(Codec::decodeReply);
    }
  }

  private byte[] receive(Leg leg, byte[] sealed) {
    return b.receiver.receive(
        Optional.of(leg.from()),
        Optional.of(leg.to()),
        Optional.of(Long.toString(leg.millis())),
        sealed);
  }

  private static Leg leg(String from, String to, long later) {
    return new Leg(from, to, TestVault.NOW.toEpochMilli() + later);
  }

  private Target target(KeyId id, long epoch) {
    return new Target(id, b.store.project, "tenant", epoch);
  }

  private Promote promote(KeyId id, long epoch, int current) {
    return new Promote(target(id, epoch), current, List.of(), Optional.empty());
  }
}
