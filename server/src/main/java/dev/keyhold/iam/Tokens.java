package dev.keyhold.iam;

import dev.keyhold.crypto.Hmac;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.key.ProjectId;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;

/// Issues and checks the tokens of `X-Auth-Token`: self-contained, signed, valid for 24 hours.
///
/// A check needs no store: the signature says that the token is ours, the user's credential epoch
/// in [Users] says that it was not revoked. Tokens survive a restart and die when the user's
/// password changes, an access key of theirs is disabled or they are. Layout: [TokenFormat].
public final class Tokens {
  /// How long a token lives. Source: IAM API Reference, "Obtaining a User Token".
  public static final Duration LIFETIME = Duration.ofHours(24);

  /// How far in the future a token may say it was issued: nodes' clocks differ a little.
  private static final Duration ISSUE_TOLERANCE = Duration.ofMinutes(5);

  private final KeyMaterial key;
  private final Users users;
  private final SteadyClock clock;
  private final SecureRandom random;
  private final SeenTokens seen = new SeenTokens();

  /// @param key 32 secret bytes for this purpose alone, the same on every node and after a restart;
  ///   lent for as long as tokens are checked
  public Tokens(KeyMaterial key, Users users, SteadyClock clock, SecureRandom random) {
    this.key = key;
    this.users = users;
    this.clock = clock;
    this.random = random;
  }

  /// Issues a token to an authenticated user. That `scope` is theirs is the caller's business.
  public Token.Issued issue(User user, Optional<ProjectId> scope) {
    Instant now = Instant.ofEpochMilli(clock.issue());
    var token =
        new Token(user.id(), user.domain(), scope, now, now.plus(LIFETIME), user.credentialEpoch());
    byte[] nonce = new byte[TokenFormat.NONCE_BYTES];
    random.nextBytes(nonce);
    byte[] bytes = TokenFormat.encode(token, nonce);
    byte[] tag = tag(bytes);
    System.arraycopy(tag, 0, bytes, TokenFormat.SIGNED_BYTES, tag.length);
    return new Token.Issued(token, TokenFormat.toText(bytes));
  }

  /// Checks a token and finds its user. May call [dev.keyhold.error.Blocking#ahead].
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `APIGW.0307` when it has expired, `APIGW.0301`
  ///   for everything else that is wrong with it
  public Verified verify(String text) {
    byte[] bytes = TokenFormat.fromText(text);
    if (bytes.length == 0) {
      throw Refusals.badToken();
    }
    Token token = seen.find(bytes).orElseGet(() -> signed(bytes));
    long now = clock.millisFor(token.issuedAt().toEpochMilli());
    if (token.issuedAt().toEpochMilli() > now + ISSUE_TOLERANCE.toMillis()) {
      throw Refusals.badToken();
    }
    if (now >= token.expiresAt().toEpochMilli()) {
      throw Refusals.expiredToken();
    }
    // Another node may have issued it after a change that this one has not heard of yet.
    User user = users.find(token.user(), token.credentialEpoch()).orElseThrow(Refusals::badToken);
    if (!user.enabled() || user.credentialEpoch() != token.credentialEpoch()) {
      throw Refusals.badToken();
    }
    return new Verified(token, user);
  }

  /// A token that is good now, and the user whose it is.
  public record Verified(Token token, User user) {}

  private Token signed(byte[] bytes) {
    byte[] claimed = Arrays.copyOfRange(bytes, TokenFormat.SIGNED_BYTES, bytes.length);
    if (!Hmac.matches(tag(bytes), claimed)) {
      throw Refusals.badToken();
    }
    Token token = TokenFormat.decode(bytes).orElseThrow(Refusals::badToken);
    seen.add(bytes, token);
    return token;
  }

  private byte[] tag(byte[] bytes) {
    return key.lend(secret -> {
      byte[] tag = new byte[Hmac.BYTES];
      Hmac.sha256(secret, bytes, 0, TokenFormat.SIGNED_BYTES, tag, 0);
      return tag;
    });
  }
}
