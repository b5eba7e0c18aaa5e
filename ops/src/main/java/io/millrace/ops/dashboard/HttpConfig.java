package io.millrace.ops.dashboard;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Matches;
import io.millrace.ingest.settings.Range;

/** Where the process answers HTTP. */
public record HttpConfig(
    @Doc("whether it answers at all") boolean enabled,
    @Doc("address to bind; loopback unless you choose otherwise")
        @Matches(value = ".*\\S.*", expected = "an address or a name")
        String host,
    @Doc("TCP port; 0 takes any free one") @Range(min = 0, max = 65535) int port,
    @Doc("PKCS#12 file with certificate and key, for TLS; empty for plain HTTP") String keyStore,
    @Doc("file with its password") String keyStorePasswordFile,
    @Doc("images on the page's embedding map at most; each holds two embeddings in memory")
        @Range(min = 100, max = 50_000)
        int mapImages) {
  public HttpConfig {
    Allowed.check(HttpConfig.class, enabled, host, port, keyStore, keyStorePasswordFile, mapImages);
    if (keyStore.isEmpty() != keyStorePasswordFile.isEmpty()) {
      throw new IllegalArgumentException(
          "keyStorePasswordFile is '"
              + keyStorePasswordFile
              + "': expected a file if and only if keyStore names one");
    }
  }

  /** Loopback, port 8470. */
  public static HttpConfig defaults() {
    return new HttpConfig(true, "127.0.0.1", 8470, "", "", 5000);
  }

  /** The same on another port. */
  public HttpConfig withPort(int other) {
    return new HttpConfig(enabled, host, other, keyStore, keyStorePasswordFile, mapImages);
  }

  /** https with a key store, else http. */
  public String scheme() {
    return keyStore.isEmpty() ? "http" : "https";
  }
}
