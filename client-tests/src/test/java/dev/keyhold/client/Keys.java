package dev.keyhold.client;

import com.huaweicloud.sdk.kms.v2.model.CreateKeyRequestBody;
import com.huaweicloud.sdk.kms.v2.model.CreateKeyRequestBody.KeySpecEnum;
import com.huaweicloud.sdk.kms.v2.model.CreateKeyRequestBody.KeyUsageEnum;

/// Keys of any spec and usage, whose names the SDK need not know.
final class Keys {
  private Keys() {}

  static String make(Kms kms, String spec, String usage) {
    return kms.createKey(
            new CreateKeyRequestBody()
                .withKeyAlias(Names.fresh())
                .withKeySpec(KeySpecEnum.fromValue(spec))
                .withKeyUsage(KeyUsageEnum.fromValue(usage)))
        .getKeyId();
  }
}
