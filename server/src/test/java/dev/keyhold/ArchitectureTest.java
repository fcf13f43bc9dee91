package dev.keyhold;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import dev.keyhold.error.ApiError;
import java.util.Arrays;
import java.util.stream.Stream;

/// The arrows of docs/architecture.md: which package may know which.
@AnalyzeClasses(packages = "dev.keyhold", importOptions = DoNotIncludeTests.class)
final class ArchitectureTest {
  @ArchTest static final ArchRule errorKnowsNobody = mayKnow("error");
  @ArchTest static final ArchRule auditKnowsNobody = mayKnow("audit");
  @ArchTest static final ArchRule cryptoKnowsErrors = mayKnow("crypto", "error");
  @ArchTest static final ArchRule feedKnowsErrors = mayKnow("feed", "error");
  @ArchTest static final ArchRule keyKnowsCrypto = mayKnow("key", "crypto", "error");
  @ArchTest static final ArchRule sealKnowsKeys = mayKnow("seal", "key", "crypto", "error");
  @ArchTest static final ArchRule envelopeKnowsKeys = mayKnow("envelope", "key", "crypto", "error");

  @ArchTest
  static final ArchRule keyringOpensKeys =
      mayKnow("keyring", "feed", "key", "seal", "envelope", "crypto", "error");

  @ArchTest
  static final ArchRule iamKnowsNoOperation =
      mayKnow("iam", "audit", "feed", "key", "seal", "crypto", "error");

  @ArchTest
  static final ArchRule httpKnowsOperationsAndCallers =
      mayKnow("http", "operation", "replication", "iam", "audit", "key", "crypto", "error");

  @ArchTest
  static final ArchRule operationKnowsNoHttp =
      mayKnow(
          "operation",
          "replication",
          "iam",
          "audit",
          "keyring",
          "key",
          "seal",
          "envelope",
          "crypto",
          "error");

  @ArchTest
  static final ArchRule replicationTakesKeysFromRegionToRegion =
      mayKnow("replication", "iam", "keyring", "key", "crypto", "error");

  @ArchTest
  static final ArchRule storeImplementsRepositories =
      mayKnow("store", "feed", "iam", "audit", "key", "seal", "crypto", "error");

  @ArchTest
  static final ArchRule backupMovesRows = mayKnow("backup", "store", "seal", "crypto", "error");

  @ArchTest static final ArchRule tlsKnowsNobody = mayKnow("tls");

  /// The commands that are clients know the HTTP API, and nothing of the server.
  @ArchTest static final ArchRule cliKnowsNobody = mayKnow("cli");

  @ArchTest
  static final ArchRule onlyStoreKnowsSql =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.keyhold.store..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("java.sql..", "javax.sql..", "org.jdbi..", "org.flywaydb..");

  @ArchTest
  static final ArchRule onlyHttpKnowsTheServerAndTheCodec =
      noClasses()
          .that()
          .resideOutsideOfPackages("dev.keyhold", "dev.keyhold.http..", "dev.keyhold.cli..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.vertx..", "io.netty..", "tools.jackson..");

  /// What is read from the store and kept has to be forgotten when another node changes it. These
  /// keep what is this node's alone, or never changes: docs/architecture.md, "Many nodes".
  @ArchTest
  static final ArchRule cachesAreFollowed =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.keyhold.feed..")
          .and()
          .haveNameNotMatching(
              "dev\\.keyhold\\.(iam\\.Lockout|http\\.RateLimit|operation\\.PinAttempts)")
          .should()
          .dependOnClassesThat()
          .haveFullyQualifiedName("com.github.benmanes.caffeine.cache.Cache");

  @ArchTest
  static final ArchRule nothingIsCyclic =
      SlicesRuleDefinition.slices().matching("dev.keyhold.(*)..").should().beFreeOfCycles();

  /// A row of an error table is there because something answers it: `/openapi.json` lists them all.
  @ArchTest
  static final ArchRule everyErrorIsAnswered =
      fields()
          .that()
          .areDeclaredInClassesThat()
          .implement(ApiError.class)
          .and()
          .haveRawType(JavaClass.Predicates.assignableTo(ApiError.class))
          .should(beUsedOutsideOfTheirClass());

  private ArchitectureTest() {}

  private static ArchCondition<JavaField> beUsedOutsideOfTheirClass() {
    return new ArchCondition<>("be used outside of their class") {
      @Override
      public void check(JavaField field, ConditionEvents events) {
        boolean used =
            field.getAccessesToSelf().stream()
                .anyMatch(access -> !access.getOriginOwner().equals(field.getOwner()));
        events.add(new SimpleConditionEvent(field, used, field.getFullName() + " is answered"));
      }
    };
  }

  /// Classes of `name` may use the named packages, libraries, and each other.
  private static ArchRule mayKnow(String name, String... others) {
    String[] allowed =
        Stream.concat(Stream.of(name), Arrays.stream(others))
            .map(each -> "dev.keyhold." + each + "..")
            .toArray(String[]::new);
    return classes()
        .that()
        .resideInAPackage("dev.keyhold." + name + "..")
        .should()
        .onlyDependOnClassesThat(
            JavaClass.Predicates.resideInAnyPackage(allowed)
                .or(JavaClass.Predicates.resideOutsideOfPackage("dev.keyhold..")));
  }
}
