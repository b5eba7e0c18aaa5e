package io.millrace.ops.dashboard;

/**
 * Where the process answers HTTP.
 *
 * @param enabled whether it answers at all
 * @param host address to bind; loopback unless you choose otherwise
 * @param port TCP port; 0 takes any free one
 * @param keyStore PKCS#12 file with certificate and key, for TLS; empty for plain HTTP
 * @param keyStorePasswordFile file with its password
 */
public record HttpConfig(
    boolean enabled, String host, int port, String keyStore, String keyStorePasswordFile) {
  public HttpConfig {
    if (host.isBlank()) {
      throw new IllegalArgumentException("host is '" + host + "': expected an address or a name");
    }
    if (port < 0 || port > 65535) {
      throw new IllegalArgumentException("port is " + port + ": expected 0 to 65535");
    }
    if (keyStore.isEmpty() != keyStorePasswordFile.isEmpty()) {
      throw new IllegalArgumentException(
          "keyStorePasswordFile is '"
              + keyStorePasswordFile
              + "': expected a file if and only if keyStore names one");
    }
  }

  /** Loopback, port 8470. */
  public static HttpConfig defaults() {
    return new HttpConfig(true, "127.0.0.1", 8470, "", "");
  }

  /** The same on another port. */
  public HttpConfig withPort(int other) {
    return new HttpConfig(enabled, host, other, keyStore, keyStorePasswordFile);
  }

  /** https with a key store, else http. */
  public String scheme() {
    return keyStore.isEmpty() ? "http" : "https";
  }
}
