package io.millrace.ops.tracking;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;

/** Says to the tracking server who asks: from a file, else from MLflow's own variables. */
final class MlflowCredentials {
  private MlflowCredentials() {}

  /**
   * The value of the {@code Authorization} header. Files are read at each call, so that a token can
   * be replaced while the process runs.
   *
   * @return empty where nothing is configured
   * @throws IOException when a file can't be read or is empty
   */
  static Optional<String> header(MlflowConfig config, Map<String, String> environment)
      throws IOException {
    if (!config.tokenFile().isEmpty()) {
      return Optional.of("Bearer " + read("mlflow.tokenFile", config.tokenFile()));
    }
    if (!config.passwordFile().isEmpty()) {
      String text = read("mlflow.passwordFile", config.passwordFile());
      if (text.indexOf(':') < 1) {
        throw new IOException(
            config.passwordFile() + " (mlflow.passwordFile): expected USER:PASSWORD in one line");
      }
      return Optional.of(basic(text));
    }
    String token = environment.getOrDefault("MLFLOW_TRACKING_TOKEN", "");
    if (!token.isEmpty()) {
      return Optional.of("Bearer " + token);
    }
    String user = environment.getOrDefault("MLFLOW_TRACKING_USERNAME", "");
    return user.isEmpty()
        ? Optional.empty()
        : Optional.of(basic(user + ":" + environment.getOrDefault("MLFLOW_TRACKING_PASSWORD", "")));
  }

  private static String basic(String userAndPassword) {
    return "Basic "
        + Base64.getEncoder().encodeToString(userAndPassword.getBytes(StandardCharsets.UTF_8));
  }

  private static String read(String key, String file) throws IOException {
    String text;
    try {
      text = Files.readString(Path.of(file)).strip();
    } catch (IOException e) {
      throw new IOException(file + " (" + key + ") can't be read: " + e, e);
    }
    if (text.isEmpty() || text.contains("\n")) {
      throw new IOException(file + " (" + key + "): expected one line");
    }
    return text;
  }
}
