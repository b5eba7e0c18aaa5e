package io.millrace.serving.http;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.DurationRange;
import io.millrace.ingest.settings.Range;
import java.time.Duration;
import java.util.List;

/** What the inference, search and release routes let in. */
public record ApiSettings(
    @Doc("largest request body") @Range(min = 1024, max = 1 << 30) int maxBodyBytes,
    @Doc("images of one request") @Range(min = 1, max = 65_536) int maxBatch,
    @Doc("longest side in pixels of an image that comes as a tensor") @Range(min = 8, max = 16_384)
        int maxSide,
    @Doc("requests in progress; more get 429") @Range(min = 1, max = 1024) int maxConcurrent,
    @Doc("calls that wait for the model; more get 429") @Range(min = 1, max = 4096) int maxWaiting,
    @Doc("after which a request is given up with 503, or with 408 where its body has not" + " come")
        @DurationRange(min = "PT0.01S", max = "PT10M")
        Duration requestTimeout,
    @Doc("how long a stop waits for the requests in progress")
        @DurationRange(min = "PT0S", max = "PT10M")
        Duration drainTimeout,
    @Doc("releases that stay loaded for calls, the last used ones") @Range(min = 1, max = 100)
        int loadedReleases,
    @Doc(
            "file with the bearer token; empty for http-token in dataDir, made at the first"
                + " start")
        String tokenFile,
    @Doc("whether every route here needs the token, not only those that change something")
        boolean protectReads,
    @Doc(
            "names under which the routes that change something may be called, besides the "
                + "loopback ones and http.host; an Origin must be one of them too")
        List<String> hosts) {
  public ApiSettings {
    Allowed.check(
        ApiSettings.class,
        maxBodyBytes,
        maxBatch,
        maxSide,
        maxConcurrent,
        maxWaiting,
        requestTimeout,
        drainTimeout,
        loadedReleases,
        tokenFile,
        protectReads,
        hosts);
    hosts = List.copyOf(hosts);
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
}
