package io.millrace.ops.tracking;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Calls of MLflow's REST API 2.0, one request each. No redirect is followed, so credentials go to
 * the configured server alone.
 */
final class MlflowApi {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int SHOWN = 300;

  private final String base;
  private final MlflowConfig config;
  private final Map<String, String> environment;
  private final Duration timeout;
  private final HttpClient client;

  /**
   * @param environment where MLflow's variables are looked up
   * @param timeout for connecting, and for each answer
   */
  MlflowApi(MlflowConfig config, Map<String, String> environment, Duration timeout) {
    this.base = config.uri().replaceFirst("/+$", "");
    this.config = config;
    this.environment = Map.copyOf(environment);
    this.timeout = timeout;
    this.client = HttpClient.newBuilder().connectTimeout(timeout).build();
  }

  static ObjectNode object() {
    return JSON.createObjectNode();
  }

  /**
   * @param call such as {@code runs/create}
   * @throws MlflowException when the server refuses
   * @throws IOException when it does not answer, or not in JSON
   */
  JsonNode post(String call, ObjectNode body) throws IOException, InterruptedException {
    return send("POST", "/api/2.0/mlflow/" + call, json(body));
  }

  /** As {@link #post}; what is asked goes into the address. */
  JsonNode get(String call, Map<String, String> query) throws IOException, InterruptedException {
    String asked =
        query.entrySet().stream()
            .map(e -> e.getKey() + "=" + URLEncoder.encode(e.getValue(), StandardCharsets.UTF_8))
            .collect(Collectors.joining("&"));
    return send("GET", "/api/2.0/mlflow/" + call + "?" + asked, BodyPublishers.noBody());
  }

  /**
   * Stores a file by the server's artifact proxy.
   *
   * @param path below the server's artifact root
   */
  void putArtifact(String path, byte[] content) throws IOException, InterruptedException {
    send("PUT", "/api/2.0/mlflow-artifacts/artifacts/" + path, BodyPublishers.ofByteArray(content));
  }

  private static BodyPublisher json(ObjectNode body) {
    return BodyPublishers.ofString(body.toString());
  }

  private JsonNode send(String method, String path, BodyPublisher body)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(base + path)).timeout(timeout).method(method, body);
    if (method.equals("POST")) {
      request.header("Content-Type", "application/json");
    }
    MlflowCredentials.header(config, environment)
        .ifPresent(value -> request.header("Authorization", value));
    HttpResponse<String> answer = client.send(request.build(), BodyHandlers.ofString());
    String call = method + " " + path.replaceFirst("\\?.*", "");
    JsonNode said;
    try {
      said = JSON.readTree(answer.body());
    } catch (JacksonException e) {
      said = JSON.missingNode();
    }
    if (answer.statusCode() != 200) {
      throw new MlflowException(
          call,
          answer.statusCode(),
          said.path("error_code").asText(),
          shortened(said.path("message").asText(answer.body())));
    }
    if (!said.isObject()) {
      throw new IOException(call + ": expected JSON, got " + shortened(answer.body()));
    }
    return said;
  }

  private static String shortened(String text) {
    String line = text.strip().replaceAll("\\s+", " ");
    return line.length() > SHOWN ? line.substring(0, SHOWN) + "..." : line;
  }
}
