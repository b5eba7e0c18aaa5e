package io.millrace.ops.config;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.DurationRange;
import java.time.Duration;

/**
 * Object storage with S3's interface. Credentials come as AWS' own tools take them: environment,
 * {@code ~/.aws}, the container or the machine.
 */
public record S3Config(
    @Doc("where it answers, such as http://minio:9000; empty for AWS") String endpoint,
    @Doc("its region; others than AWS take any") String region,
    @Doc("whether a bucket is named in the path, not in the host, as MinIO mostly wants it")
        boolean pathStyle,
    @Doc("how long it may send nothing") @DurationRange(min = "PT0.1S", max = "PT5M")
        Duration readTimeout,
    @Doc("how long one object may take, tries again included")
        @DurationRange(min = "PT1S", max = "PT1H")
        Duration timeLimit,
    @Doc(
            "where releases are put besides the folder, and fetched from where the folder has "
                + "them not, as s3://bucket/millrace/; empty for nowhere")
        String releases,
    @Doc(
            "where checkpoints are put besides the folder, below the model's name, and fetched from"
                + " where the folder has none as late, as s3://bucket/millrace/; empty for nowhere")
        String checkpoints) {
  private static final String PLACE = "|s3://[a-z0-9][a-z0-9.-]+/(.*/)?";
  private static final String PLACES = "nothing, or s3://BUCKET/ or s3://BUCKET/FOLDER/";

  public S3Config {
    Allowed.check(
        S3Config.class, endpoint, region, pathStyle, readTimeout, timeLimit, releases, checkpoints);
    require("endpoint", endpoint, "|https?://[^/]+/?", "nothing, or http(s)://HOST[:PORT]");
    require("releases", releases, PLACE, PLACES);
    require("checkpoints", checkpoints, PLACE, PLACES);
  }

  private static void require(String key, String value, String pattern, String expected) {
    if (!value.matches(pattern)) {
      throw new IllegalArgumentException(key + " is '" + value + "': expected " + expected);
    }
  }

  /** AWS' own, and nothing of ours there. */
  public static S3Config defaults() {
    return new S3Config(
        "", "us-east-1", false, Duration.ofSeconds(20), Duration.ofMinutes(5), "", "");
  }
}
