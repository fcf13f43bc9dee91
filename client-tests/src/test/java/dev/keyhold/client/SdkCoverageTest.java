package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.huaweicloud.sdk.core.SdkResponse;
import com.huaweicloud.sdk.kms.v2.KmsClient;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// Every call that the published SDK has is made by some test.
class SdkCoverageTest {
  @Test
  void everyCallOfTheSdkIsMadeByATest() {
    Set<String> made =
        new ClassFileImporter()
            .importPackages("dev.keyhold.client").stream()
                .flatMap(tests -> tests.getMethodCallsFromSelf().stream())
                .filter(call -> call.getTargetOwner().isEquivalentTo(KmsClient.class))
                .map(call -> call.getName())
                .collect(Collectors.toSet());

    Set<String> missing =
        Arrays.stream(KmsClient.class.getMethods())
            .filter(method -> SdkResponse.class.isAssignableFrom(method.getReturnType()))
            .map(Method::getName)
            .filter(name -> !made.contains(name))
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(missing).isEmpty();
  }
}
