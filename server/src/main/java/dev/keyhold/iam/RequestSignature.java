package dev.keyhold.iam;

import java.security.MessageDigest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/// Checks the signature of a request (AK/SK authentication). Source: API Gateway, "AK/SK Signing".
///
/// Everything that is signed is built anew from what was received: the caller says which headers
/// are covered and nothing else. In particular the body is hashed here, whatever hash a header
/// claims.
///
/// There is no replay cache. The date has a resolution of one second and there is no nonce, so two
/// equal requests within a second are equal byte for byte and both legitimate; TLS keeps third
/// parties from having one to replay.
public final class RequestSignature {
  /// How far the request's date may be from ours, either way, inclusive.
  private static final Duration WINDOW = Duration.ofMinutes(15);

  /// More than 5 consecutive failures lock an access key.
  private static final int LOCKING_FAILURE = 6;

  private static final String DATE_HEADER = "x-sdk-date";
  private static final String HOST = "host";

  private final AccessKeys accessKeys;
  private final Users users;
  private final InstantSource clock;
  private final Lockout<AccessKeyId> lockout;
  private final Optional<HostNames> hosts;

  /// One that leaves it to callers whether they sign `Host`, as the cloud does.
  public RequestSignature(
      AccessKeys accessKeys, Users users, InstantSource clock, LongSupplier nanoTime) {
    this(accessKeys, users, clock, nanoTime, Optional.empty());
  }

  /// @param clock the wall clock itself and no [SteadyClock]: callers date their requests by
  ///   theirs, so it must follow corrections both ways
  /// @param nanoTime monotonic, as [System#nanoTime]
  /// @param hosts what this server is called, where a signature must cover `Host` and name it, so
  ///   that what was signed for another server is good for nothing here
  public RequestSignature(
      AccessKeys accessKeys,
      Users users,
      InstantSource clock,
      LongSupplier nanoTime,
      Optional<HostNames> hosts) {
    this.hosts = hosts;
    this.accessKeys = accessKeys;
    this.users = users;
    this.clock = clock;
    this.lockout = new Lockout<>(_ -> LOCKING_FAILURE, nanoTime);
  }

  /// May call [dev.keyhold.error.Blocking#ahead].
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `APIGW.0301` with the sub-reason
  Principal verify(RequestHead head, byte[] body) {
    AuthorizationHeader authorization = AuthorizationHeader.parse(only(head, "authorization"));
    String date = only(head, DATE_HEADER);
    if (!authorization.signedHeaders().contains(DATE_HEADER)) {
      throw Refusals.malformedSignature("SignedHeaders must list x-sdk-date");
    }
    hosts.ifPresent(ours -> requireSigned(ours, authorization, head));
    if (Math.abs(clock.millis() - SdkDate.parse(date)) > WINDOW.toMillis()) {
      throw Refusals.signatureOutOfWindow();
    }
    byte[] stringToSign = CanonicalRequest.stringToSign(authorization, date, head, body);
    AccessKeyId id = authorization.accessKey();
    AccessKeys.Used<Boolean> check =
        accessKeys
            .use(id, secret -> isRight(authorization, secret, stringToSign))
            .orElseThrow(() -> Refusals.unknownAccessKey(id.text()));
    Optional<User> user = users.find(check.key().user()).filter(User::enabled);
    if (!check.result()) {
      throw lockout.failed(id) ? Refusals.lockedAccessKey() : Refusals.wrongSignature();
    }
    lockout.succeeded(id);
    return principal(user.orElseThrow(Refusals::wrongSignature), id);
  }

  private static void requireSigned(
      HostNames ours, AuthorizationHeader authorization, RequestHead head) {
    if (!authorization.signedHeaders().contains(HOST)) {
      throw Refusals.malformedSignature("SignedHeaders must list host");
    }
    if (!ours.contain(only(head, HOST))) {
      throw Refusals.malformedSignature("host is no name of this server");
    }
  }

  private static Principal principal(User user, AccessKeyId accessKey) {
    return new Principal(
        user.id(),
        user.name().text(),
        user.domain(),
        Optional.empty(),
        Principal.Method.SIGNATURE,
        Optional.of(accessKey));
  }

  /// A header that must be there once: of two, one party might check the first and another use the
  /// second.
  private static String only(RequestHead head, String name) {
    List<String> values = head.headers(name);
    if (values.size() != 1) {
      throw Refusals.malformedSignature("there must be one header " + name);
    }
    return values.getFirst();
  }

  private static boolean isRight(
      AuthorizationHeader authorization, byte[] secret, byte[] stringToSign) {
    return MessageDigest.isEqual(
        authorization.algorithm().hmac(secret, stringToSign), authorization.signature().lent());
  }
}
