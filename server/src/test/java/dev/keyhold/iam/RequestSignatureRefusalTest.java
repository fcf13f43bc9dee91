package dev.keyhold.iam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.error.GatewayError;
import dev.keyhold.error.KmsException.Rejected;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Only what a key's holder signed passes, within a quarter of an hour.
class RequestSignatureRefusalTest {
  private static final byte[] BODY = "{\"key_id\":\"k\"}".getBytes(StandardCharsets.UTF_8);
  private static final byte[] OTHER_BODY = "{\"key_id\":\"m\"}".getBytes(StandardCharsets.UTF_8);
  private static final String[] SIGNED = {"host", "user-agent", "x-project-id", "x-sdk-date"};

  private final TestIam iam = new TestIam();

  @TestFactory
  Stream<DynamicTest> acceptsDatesWithinFifteenMinutes() {
    return Stream.of("PT0S", "PT14M59S", "-PT14M59S", "PT15M", "PT-15M")
        .map(Duration::parse)
        .map(offset ->
            DynamicTest.dynamicTest(
                offset.toString(),
                () -> assertThatCode(() -> verify(signedAt(offset))).doesNotThrowAnyException()));
  }

  @TestFactory
  Stream<DynamicTest> refusesDatesBeyond() {
    return Stream.of("PT15M1S", "-PT15M1S", "PT24H", "PT-24H", "P-3650D")
        .map(Duration::parse)
        .map(offset ->
            DynamicTest.dynamicTest(
                offset.toString(),
                () ->
                    refuses(
                        signedAt(offset), BODY, "calc ak sk signature fail:signature expired")));
  }

  @Test
  void hostNeedNotBeSignedUnlessThatIsAskedFor() {
    RequestSignature strict = strict("kms.example:8443");
    TestRequest with = signedAt(Duration.ZERO);
    assertThat(strict.verify(with, BODY).method()).isEqualTo(Principal.Method.SIGNATURE);
    TestRequest without =
        iam.alice.signer().sign(unsigned(), BODY, iam.time.instant(), "x-sdk-date");
    assertThat(iam.signature.verify(without, BODY).method()).isEqualTo(Principal.Method.SIGNATURE);
    assertThatThrownBy(() -> strict.verify(without, BODY))
        .isInstanceOfSatisfying(
            Rejected.class,
            refused -> {
              assertThat(refused.error()).isEqualTo(GatewayError.INCORRECT_IAM_AUTHENTICATION);
              assertThat(refused.detail()).endsWith("SignedHeaders must list host");
            });
  }

  private RequestSignature strict(String... hosts) {
    return new RequestSignature(
        iam.accessKeys,
        iam.users,
        iam.time,
        iam.time::nanoTime,
        Optional.of(HostNames.of(List.of(hosts))));
  }

  /// As a copy of this deployment would get it from the one that it was signed for.
  @Test
  void whatWasSignedForAnotherServerIsRefusedWhereTheHostMustBeSigned() {
    TestRequest request = signedAt(Duration.ZERO);
    assertThat(iam.signature.verify(request, BODY).method()).isEqualTo(Principal.Method.SIGNATURE);
    for (String other : List.of("kms.example", "kms.example:8444", "b.kms.example:8443")) {
      assertThatThrownBy(() -> strict(other).verify(request, BODY))
          .isInstanceOfSatisfying(
              Rejected.class,
              refused -> {
                assertThat(refused.error()).isEqualTo(GatewayError.INCORRECT_IAM_AUTHENTICATION);
                assertThat(refused.detail()).endsWith("host is no name of this server");
              });
    }
    assertThat(strict("b.example", "KMS.Example:8443").verify(request, BODY).method())
        .isEqualTo(Principal.Method.SIGNATURE);
  }

  @Test
  void hostsAreComparedWithoutCaseAndDefaultPort() {
    var names = HostNames.of(List.of("kms.example:443", "[fd00::80]", "10.0.0.1:8420"));
    assertThat(names.contain("KMS.example")).isTrue();
    assertThat(names.contain("kms.example:443")).isTrue();
    assertThat(names.contain("kms.example:8443")).isFalse();
    assertThat(names.contain("[FD00::80]:443")).isTrue();
    assertThat(names.contain("[fd00:")).isFalse();
    assertThat(names.contain("10.0.0.1")).isFalse();
    assertThat(names.contain("")).isFalse();
  }

  @TestFactory
  Stream<DynamicTest> refusesWhatWasChangedAfterSigning() {
    String wrong = "verify aksk signature fail";
    return Stream.of(
        changed("method", wrong, r -> r.method("PUT")),
        changed("path", wrong, r -> r.path(r.rawPath() + "x")),
        changed("path case", wrong, r -> r.path(r.rawPath().toUpperCase(Locale.ROOT))),
        changed("path with an encoded slash", wrong, r -> r.path("/v1.0/p%2Fkms/a+b:c@d")),
        changed("query value", wrong, r -> r.query("limit=11&marker=a%20b")),
        changed("a plus for a blank", wrong, r -> r.query("limit=10&marker=a+b")),
        changed("query name", wrong, r -> r.query("limits=10&marker=a%20b")),
        changed("parameter added", wrong, r -> r.query(r.rawQuery() + "&x=")),
        changed("parameter doubled", wrong, r -> r.query(r.rawQuery() + "&limit=10")),
        changed("parameter dropped", wrong, r -> r.query("limit=10")),
        changed("signed header", wrong, r -> r.set("User-Agent", "other")),
        changed(
            "signed header doubled", wrong, r -> r.add("User-Agent", "huaweicloud-usdk-java/3.0")),
        changed("signed header added to", wrong, r -> r.add("X-Project-Id", "other")),
        changed("host", wrong, r -> r.set("Host", "evil.example")),
        changed("port", wrong, r -> r.set("Host", "kms.example")),
        changed("date", wrong, r -> r.set("X-Sdk-Date", "20260301T120001Z")),
        changed("host no longer listed", wrong, r -> edit(r, "host;user-agent", "user-agent")),
        changed(
            "header listed in upper case",
            "verify aksk signature fail, SignedHeaders must list",
            r -> edit(r, "=host", "=Host")),
        changed("list in another order", wrong, r -> edit(r, "host;user-agent", "user-agent;host")),
        changed(
            "signed header removed",
            "verify aksk signature fail, the signed header user-agent is absent",
            r -> r.remove("User-Agent")),
        changed(
            "header listed twice",
            "verify aksk signature fail, SignedHeaders must list",
            r -> edit(r, "=host;", "=host;host;")),
        changed(
            "date not listed",
            "verify aksk signature fail, SignedHeaders must list x-sdk-date",
            r -> edit(r, ";x-sdk-date,", ",")),
        changed(
            "other access key",
            wrong,
            r -> edit(r, iam.alice.accessKey().text(), iam.mallory.accessKey().text())),
        changed(
            "unknown access key",
            "Get secretKey failed,ak:NOSUCHKEY,err:ak not exist",
            r -> edit(r, iam.alice.accessKey().text(), "NOSUCHKEY")),
        changed("algorithm", wrong, r -> edit(r, "SDK-HMAC-SHA256", "SDK-HMAC-SM3")));
  }

  @TestFactory
  Stream<DynamicTest> refusesMalformedSignatures() {
    String malformed = "verify aksk signature fail, ";
    return Stream.of(
        changed(
            "two Authorization headers",
            malformed,
            r -> r.add("Authorization", r.header("authorization").orElseThrow())),
        changed(
            "two dates", malformed, r -> r.add("X-Sdk-Date", r.header("x-sdk-date").orElseThrow())),
        changed("no date", malformed, r -> r.remove("X-Sdk-Date")),
        changed("date without Z", malformed, r -> r.set("X-Sdk-Date", "20260301T1200000")),
        changed("30 February", malformed, r -> r.set("X-Sdk-Date", "20260230T120000Z")),
        changed("date with a sign", malformed, r -> r.set("X-Sdk-Date", "2026-301T120000Z")),
        changed(
            "other algorithm", malformed, r -> edit(r, "SDK-HMAC-SHA256", "SDK-ECDSA-P256-SHA256")),
        changed("derived key", malformed, r -> edit(r, "SDK-HMAC-SHA256", "V11-HMAC-SHA256")),
        changed("another scheme", malformed, r -> r.set("Authorization", "Bearer abc")),
        changed("empty", malformed, r -> r.set("Authorization", "")),
        changed("algorithm alone", malformed, r -> r.set("Authorization", "SDK-HMAC-SHA256")),
        changed("blank missing", malformed, r -> edit(r, ", Signature", ",Signature")),
        changed("field missing", malformed, r -> edit(r, "Access=", "Acces=")),
        changed("access key with a quote", malformed, r -> edit(r, "Access=", "Access='")),
        changed("upper-case hex", malformed, r -> r.set("Authorization", upperCaseSignature(r))),
        changed("signature cut", malformed, r -> r.set("Authorization", cut(r))),
        changed(
            "signature twice",
            malformed,
            r ->
                r.set("Authorization", r.header("authorization").orElseThrow() + ", Signature=00")),
        changed(
            "no signed headers",
            malformed,
            r ->
                edit(r, "SignedHeaders=host;user-agent;x-project-id;x-sdk-date", "SignedHeaders=")),
        changed("empty name", malformed, r -> edit(r, "=host;", "=host;;")),
        changed("65 names", malformed, r -> edit(r, "=host;", "=" + manyNames() + "host;")),
        changed("broken escape in the path", malformed, r -> r.path("/v1.0/%zz")),
        changed("escape cut in the path", malformed, r -> r.path("/v1.0/%4")),
        changed("broken escape in the query", malformed, r -> r.query("a=%g0")),
        changed("escape across parameters", malformed, r -> r.query("a=%4&b=1")),
        changed(
            "line feed in a signed header",
            malformed,
            r -> r.set("User-Agent", "a\nx-sdk-date:b")));
  }

  @Test
  void refusesAnotherBody() {
    refuses(signedAt(Duration.ZERO), OTHER_BODY, "verify aksk signature fail");
    refuses(signedAt(Duration.ZERO), new byte[0], "verify aksk signature fail");
  }

  @Test
  void hashesTheBodyItselfWhenTheRequestClaimsAHash() {
    var request = signedAt(Duration.ZERO);
    request.set("X-Sdk-Content-Sha256", TestSigner.hex(TestSigner.sha256(BODY)));
    assertThatCode(() -> verify(request)).doesNotThrowAnyException();
    refuses(request, OTHER_BODY, "verify aksk signature fail, the hash of the body");
  }

  @Test
  void refusesAnUnsignedPayloadThoughTheSignatureCoversThatClaim() {
    var request = signedAt(Duration.ZERO);
    request.set("X-Sdk-Content-Sha256", "UNSIGNED-PAYLOAD");
    request.set(
        "Authorization", iam.alice.signer().authorization(request, "UNSIGNED-PAYLOAD", SIGNED));
    refuses(request, BODY, "verify aksk signature fail, the hash of the body");
  }

  @Test
  void refusesASecondClaimOfABodyHash() {
    var request = signedAt(Duration.ZERO);
    request.set("X-Sdk-Content-Sha256", TestSigner.hex(TestSigner.sha256(BODY)));
    request.add("X-Sdk-Content-Sha256", "UNSIGNED-PAYLOAD");
    refuses(request, BODY, "verify aksk signature fail, the hash of the body");
  }

  @Test
  void acceptsTheSameRequestWrittenDifferently() {
    var request = signedAt(Duration.ZERO);
    request.query("m%61rker=a%20b&limit=10"); // order means nothing
    request.path(request.rawPath().replace(":", "%3a")); // nor which characters are encoded
    assertThatCode(() -> verify(request)).doesNotThrowAnyException();
  }

  @Test
  void acceptsASignatureWithoutHostAsTheGoSdkMakesIt() {
    var request =
        iam.alice.signer().sign(unsigned(), BODY, TestIam.START, "user-agent", "x-sdk-date");
    assertThatCode(() -> verify(request)).doesNotThrowAnyException();
  }

  @Test
  void acceptsARepeatedSignedHeaderInAnyOrder() {
    var request = unsigned().add("X-Tag", "b").add("X-Tag", "a");
    iam.alice.signer().sign(request, BODY, TestIam.START, "x-sdk-date", "x-tag");
    assertThatCode(() -> verify(request)).doesNotThrowAnyException();
    request.remove("X-Tag").add("X-Tag", "a, b");
    refuses(request, BODY, "verify aksk signature fail");
  }

  @Test
  void refusesADisabledAccessKeyAtOnce() {
    verify(signedAt(Duration.ZERO));
    iam.admin.disableAccessKey(iam.alice.accessKey());
    refuses(
        signedAt(Duration.ZERO),
        BODY,
        "Get secretKey failed,ak:" + iam.alice.accessKey() + ",err:ak not exist");
  }

  @Test
  void refusesADisabledUserAtOnce() {
    verify(signedAt(Duration.ZERO));
    iam.admin.disableUser(iam.alice.user().id());
    refuses(signedAt(Duration.ZERO), BODY, "verify aksk signature fail");
  }

  @Test
  void saysThatTheKeyIsLockedFromTheSixthFailureOn() {
    for (int i = 0; i < 5; i++) {
      refuses(signedAt(Duration.ZERO), OTHER_BODY, "verify aksk signature fail");
    }
    for (int i = 0; i < 3; i++) {
      refuses(signedAt(Duration.ZERO), OTHER_BODY, "AK access failed to reach the limit,forbidden");
    }
    iam.pass(Duration.ofMinutes(5));
    refuses(signedAt(Duration.ZERO), OTHER_BODY, "verify aksk signature fail");
  }

  @Test
  void aRightSignatureIsAcceptedThoughOthersLockedTheKey() {
    for (int i = 0; i < 100; i++) {
      var request = signedAt(Duration.ZERO);
      assertThatThrownBy(() -> iam.signature.verify(request, OTHER_BODY))
          .isInstanceOf(Rejected.class);
    }
    assertThatCode(() -> verify(signedAt(Duration.ZERO))).doesNotThrowAnyException();
    refuses(signedAt(Duration.ZERO), OTHER_BODY, "verify aksk signature fail"); // unlocked again
  }

  @Test
  void staleRequestsDoNotCountAsFailures() {
    for (int i = 0; i < 10; i++) {
      refuses(signedAt(Duration.ofHours(1)), BODY, "calc ak sk signature fail:signature expired");
    }
    refuses(signedAt(Duration.ZERO), OTHER_BODY, "verify aksk signature fail");
  }

  private TestRequest unsigned() {
    return new TestRequest("POST", "/v1.0/p/kms/a+b:c@d", "limit=10&marker=a%20b")
        .set("Host", "kms.example:8443")
        .set("User-Agent", "huaweicloud-usdk-java/3.0")
        .set("X-Project-Id", iam.alice.project().id().text())
        .set("Content-Type", "application/json;charset=UTF-8");
  }

  private TestRequest signedAt(Duration offset) {
    return iam.alice.signer().sign(unsigned(), BODY, iam.time.instant().plus(offset), SIGNED);
  }

  private DynamicTest changed(String what, String reason, Consumer<TestRequest> change) {
    return DynamicTest.dynamicTest(
        what,
        () -> {
          var request = signedAt(Duration.ZERO);
          assertThatCode(() -> verify(request)).doesNotThrowAnyException();
          change.accept(request);
          refuses(request, BODY, reason);
        });
  }

  private Principal verify(TestRequest request) {
    return iam.signature.verify(request, BODY);
  }

  private void refuses(TestRequest request, byte[] body, String reason) {
    assertThatThrownBy(() -> iam.signature.verify(request, body))
        .isInstanceOfSatisfying(
            Rejected.class,
            rejected -> {
              assertThat(rejected.error()).isEqualTo(GatewayError.INCORRECT_IAM_AUTHENTICATION);
              String lead = "Incorrect IAM authentication information: ";
              if (reason.endsWith("fail")) {
                assertThat(rejected.detail()).isEqualTo(lead + reason);
              } else {
                assertThat(rejected.detail()).startsWith(lead + reason);
              }
            });
  }

  private static void edit(TestRequest request, String from, String to) {
    String authorization = request.header("authorization").orElseThrow();
    assertThat(authorization).contains(from);
    request.set("Authorization", authorization.replace(from, to));
  }

  private static String upperCaseSignature(TestRequest request) {
    String authorization = request.header("authorization").orElseThrow();
    int start = authorization.length() - 64;
    // A leading A makes sure that there is a letter to be in upper case.
    return authorization.substring(0, start) + "A" + authorization.substring(start + 1);
  }

  private static String cut(TestRequest request) {
    String authorization = request.header("authorization").orElseThrow();
    return authorization.substring(0, authorization.length() - 2);
  }

  private static String manyNames() {
    var names = new StringBuilder();
    for (int i = 0; i < 61; i++) {
      names.append("x-").append(i).append(';');
    }
    return names.toString();
  }
}
