package io.millrace.ops.tracking;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.DurationRange;
import io.millrace.ingest.settings.Matches;
import io.millrace.ingest.settings.Range;
import java.time.Duration;

/** Where the learner's runs and releases are tracked. */
public record MlflowConfig(
    @Doc(
            "address of an MLflow tracking server, such as http://localhost:5000; empty tracks"
                + " nothing")
        String uri,
    @Doc("name of the experiment; made where it is not there")
        @Matches(value = ".{0,499}\\S", expected = "1 to 500 characters")
        String experiment,
    @Doc("file with a bearer token; empty for MLFLOW_TRACKING_TOKEN, where that is set")
        String tokenFile,
    @Doc(
            "file with USER:PASSWORD in one line; empty for MLFLOW_TRACKING_USERNAME and "
                + "MLFLOW_TRACKING_PASSWORD, where those are set")
        String passwordFile,
    @Doc(
            "address under which others read the releases' folder, such as s3://models/releases; "
                + "empty registers the run's artifacts, which then hold the manifest alone")
        String filesUri,
    @Doc("time between two points of the metrics") @DurationRange(min = "PT1S", max = "PT1H")
        Duration every,
    @Doc("points that wait while the server is away; then the oldest are dropped")
        @Range(min = 1, max = 1_000_000)
        int queue) {
  public MlflowConfig {
    Allowed.check(
        MlflowConfig.class, uri, experiment, tokenFile, passwordFile, filesUri, every, queue);
    if (!uri.isEmpty() && !uri.matches("https?://[^\\s/@]+(/\\S*)?")) {
      throw new IllegalArgumentException(
          "uri is '"
              + shown(uri)
              + "': expected an http or https address without a password, or nothing");
    }
    if (!tokenFile.isEmpty() && !passwordFile.isEmpty()) {
      throw new IllegalArgumentException(
          "passwordFile is '" + passwordFile + "': expected nothing where tokenFile names a file");
    }
  }

  /** An address as errors may show it. */
  private static String shown(String uri) {
    return uri.replaceAll("//[^/@]*@", "//(not shown)@");
  }

  /** Off; a point each 30 s and room for those of a day. */
  public static MlflowConfig defaults() {
    return new MlflowConfig("", "millrace", "", "", "", Duration.ofSeconds(30), 2880);
  }

  /** Whether anything is tracked. */
  public boolean isOn() {
    return !uri.isEmpty();
  }
}
