package io.millrace.serving.http;

import java.time.Duration;
import java.util.List;

/**
 * What the inference, search and release routes let in.
 *
 * @param maxBodyBytes largest request body
 * @param maxBatch images of one request
 * @param maxSide longest side in pixels of an image that comes as a tensor
 * @param maxConcurrent requests in progress; more get 429
 * @param maxWaiting calls that wait for the model; more get 429
 * @param requestTimeout after which a request is given up with 503, or with 408 where its body has
 *     not come
 * @param drainTimeout how long a stop waits for the requests in progress
 * @param loadedReleases releases that stay loaded for calls, the last used ones
 * @param tokenFile file with the bearer token; empty for {@code http-token} in the data folder,
 *     made at the first start
 * @param protectReads whether every route here needs the token, not only those that change
 *     something
 * @param hosts names under which the routes that change something may be called, besides the
 *     loopback ones and the address bound; an {@code Origin} must be one of them too
 */
public record ApiSettings(
    int maxBodyBytes,
    int maxBatch,
    int maxSide,
    int maxConcurrent,
    int maxWaiting,
    Duration requestTimeout,
    Duration drainTimeout,
    int loadedReleases,
    String tokenFile,
    boolean protectReads,
    List<String> hosts) {
  public ApiSettings {
    hosts = List.copyOf(hosts);
    within("maxBodyBytes", maxBodyBytes, 1024, 1 << 30);
    within("maxBatch", maxBatch, 1, 65_536);
    within("maxSide", maxSide, 8, 16_384);
    within("maxConcurrent", maxConcurrent, 1, 1024);
    within("maxWaiting", maxWaiting, 1, 4096);
    within("requestTimeout", requestTimeout, Duration.ofMillis(10), Duration.ofMinutes(10));
    within("drainTimeout", drainTimeout, Duration.ZERO, Duration.ofMinutes(10));
    within("loadedReleases", loadedReleases, 1, 100);
  }

  /** 16 MiB, 256 images of up to 512 pixels, 16 requests at once, 30 s each, 2 releases. */
  public static ApiSettings defaults() {
    return new ApiSettings(
        16 << 20,
        256,
        512,
        16,
        32,
        Duration.ofSeconds(30),
        Duration.ofSeconds(10),
        2,
        "",
        false,
        List.of());
  }

  private static <T extends Comparable<T>> void within(String key, T value, T least, T most) {
    if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
      throw new IllegalArgumentException(
          key + " is " + value + ": expected " + least + " to " + most);
    }
  }
}
