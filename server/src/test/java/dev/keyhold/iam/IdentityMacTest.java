package dev.keyhold.iam;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.crypto.Digest;
import dev.keyhold.crypto.Hex;
import dev.keyhold.key.DomainId;
import dev.keyhold.key.ProjectId;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/// The bytes under the MACs of identities, by digests that were computed from the rules of
/// `CanonicalRow` without it: whoever changes them makes every stored identity an altered one.
final class IdentityMacTest {
  private static final DomainId DOMAIN = new DomainId("b168fe00ff56492495a7d22974df2d0b");
  private static final ProjectId PROJECT = new ProjectId("53d1aefc533f4ce9a59c26b01667cbcf");
  private static final UserId USER = new UserId("7116d09f88fa41908676fdd4b039e95b");

  @Test
  void rowOfADomainKeepsItsBytes() {
    assertThat(digest(IdentityMac.canonical(new Domain(DOMAIN, new Name("tenant-ä")))))
        .isEqualTo("d46a0083b11308ae6b1bfcd34a2d9c4d1ef492ed48946e0237a82fee6b4e67f9");
  }

  @Test
  void rowOfAProjectKeepsItsBytes() {
    assertThat(digest(IdentityMac.canonical(new Project(PROJECT, DOMAIN, new Name("eu-1")))))
        .isEqualTo("054758ddaca5b6cd62ce12802f977b4113cf7b86f163a8a7e6df06cc9e7fc261");
  }

  @Test
  void rowOfAUserKeepsItsBytes() {
    var hash = new PasswordHash("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA");
    var user = new User(USER, DOMAIN, new Name("admin"), hash, 3, true);
    assertThat(digest(IdentityMac.canonical(user)))
        .isEqualTo("9a16ba9228833acc6afd3565b3b6b6b8d0228196fa28d64f617d01f38b7e4085");
  }

  @Test
  void rowOfAnAccessKeyKeepsItsBytes() {
    var key =
        new AccessKey(
            new AccessKeyId("AKAKAKAKAKAKAKAKAKAK"),
            USER,
            Bytes.owning(new byte[] {1, 2, 3}),
            false,
            Instant.ofEpochMilli(1_770_091_506_789L),
            "ci");
    assertThat(digest(IdentityMac.canonical(key)))
        .isEqualTo("740a9e0670694c621b496cb6b864bebcc8da6f419e0e900794dd5bab930b3370");
  }

  private static String digest(byte[] row) {
    return Hex.lowerText(Digest.SHA_256.digest(row));
  }
}
