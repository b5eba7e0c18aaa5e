package io.millrace.ingest.claim;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.DurationRange;
import io.millrace.ingest.settings.Range;
import java.time.Duration;
import java.util.List;

/** Which claims are fetched and what that may cost; none are while neither place is named. */
public record ClaimSettings(
    @Doc(
            "URLs that a claim may begin with, such as https://cdn.example.com/images/; each "
                + "ends in a slash. Empty for none")
        List<String> prefixes,
    @Doc("folder whose files may be claimed as file:///…; empty for none") String fileRoot,
    @Doc(
            "whether a host of prefixes may have a private address, as one of your own network "
                + "has; link-local ones, where clouds keep credentials, stay refused")
        boolean privateAddresses,
    @Doc("most bytes of an image that is fetched") @Range(min = 1024, max = 1 << 30) int maxBytes,
    @Doc("images fetched from one host at a time") @Range(min = 1, max = 256) int perHost,
    @Doc(
            "claims of one partition that may wait; beyond, the partition is not read on until "
                + "some are done. What one fetch had read by then comes on top")
        @Range(min = 1, max = 100_000)
        int waiting,
    @Doc("how often an image is asked for before its claim is rejected") @Range(min = 1, max = 1000)
        int attempts,
    @Doc("how long a host may take to accept a connection")
        @DurationRange(min = "PT0.01S", max = "PT1M")
        Duration connectTimeout,
    @Doc("how long a host may send nothing") @DurationRange(min = "PT0.01S", max = "PT1M")
        Duration readTimeout,
    @Doc("how long a fetch may take with all its attempts")
        @DurationRange(min = "PT0.01S", max = "PT10M")
        Duration timeLimit) {
  public ClaimSettings {
    prefixes = List.copyOf(prefixes);
    Allowed.check(
        ClaimSettings.class,
        prefixes,
        fileRoot,
        privateAddresses,
        maxBytes,
        perHost,
        waiting,
        attempts,
        connectTimeout,
        readTimeout,
        timeLimit);
    prefixes.forEach(ClaimUrl::of); // checks them
  }

  /** Off; 32 MiB, eight at a time from a host, three attempts within 15 s once it is on. */
  public static ClaimSettings defaults() {
    return new ClaimSettings(
        List.of(),
        "",
        false,
        32 << 20,
        8,
        1000,
        3,
        Duration.ofSeconds(2),
        Duration.ofSeconds(5),
        Duration.ofSeconds(15));
  }

  /** Whether any claim is fetched. */
  public boolean on() {
    return !prefixes.isEmpty() || !fileRoot.isEmpty();
  }

  List<ClaimUrl> urls() {
    return prefixes.stream().map(ClaimUrl::of).toList();
  }
}
