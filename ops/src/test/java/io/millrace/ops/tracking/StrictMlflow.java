package io.millrace.ops.tracking;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A tracking server in memory that answers the calls of MLflow's REST API 2.0 that we make, as its
 * reference documents them, and refuses whatever that does not name: other calls, unknown or
 * missing fields, values of another type, names and lengths out of its limits.
 */
final class StrictMlflow implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern KEY = Pattern.compile("[/\\w.\\- ]{1,250}");
  private static final Pattern FILTER =
      Pattern.compile("tags\\.`([\\w.]+)` = '([^']*)' and tags\\.`([\\w.]+)` = '([^']*)'");

  /** A run as the server has it. */
  static final class Run {
    final String experiment;
    final Map<String, String> tags = new TreeMap<>();
    final Map<String, String> parameters = new TreeMap<>();
    final List<Metric> metrics = new ArrayList<>();
    String status = "RUNNING";
    boolean deleted;

    Run(String experiment) {
      this.experiment = experiment;
    }
  }

  record Metric(String key, double value, long timestamp, long step) {}

  record Version(String source, String runId, Map<String, String> tags) {}

  /** A registered model; its versions are numbered from 1. */
  static final class Model {
    final List<Version> versions = new ArrayList<>();
    final Map<String, String> aliases = new TreeMap<>();
  }

  private static final class Refusal extends IOException {
    private static final long serialVersionUID = 1L;
    final int status;
    final String code;

    Refusal(int status, String code, String message) {
      super(message);
      this.status = status;
      this.code = code;
    }
  }

  final Map<String, String> experiments = new TreeMap<>();
  final Map<String, Run> runs = new TreeMap<>();
  final Map<String, Model> models = new TreeMap<>();
  final Map<String, String> artifacts = new TreeMap<>();
  final List<String> refusals = new CopyOnWriteArrayList<>();
  volatile String authorization = "";

  /** Answered in place of anything; 0 for none. */
  volatile int broken;

  /** What a call waits for before it is answered. */
  volatile CountDownLatch gate = new CountDownLatch(0);

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();

  private StrictMlflow(int port) throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  static StrictMlflow start() throws IOException {
    return new StrictMlflow(0);
  }

  static StrictMlflow start(int port) throws IOException {
    return new StrictMlflow(port);
  }

  int port() {
    return server.getAddress().getPort();
  }

  String uri() {
    return "http://127.0.0.1:" + port();
  }

  /** The one run there is. */
  synchronized Run run() {
    if (runs.size() != 1) {
      throw new AssertionError("runs: " + runs.keySet());
    }
    return runs.values().iterator().next();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      String text;
      int status = 200;
      try {
        gate.await();
        if (broken != 0) {
          status = broken;
          text = "broken";
        } else if (!authorization.isEmpty()
            && !authorization.equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
          status = 401;
          text = "You are not authenticated.";
        } else {
          text = answer(exchange, body).toString();
        }
      } catch (Refusal e) {
        status = e.status;
        text =
            JSON.createObjectNode()
                .put("error_code", e.code)
                .put("message", e.getMessage())
                .toString();
        refusals.add(e.code + ": " + e.getMessage());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(status, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  private synchronized ObjectNode answer(HttpExchange exchange, byte[] body) throws IOException {
    String method = exchange.getRequestMethod();
    String path = exchange.getRequestURI().getPath();
    String artifact = "/api/2.0/mlflow-artifacts/artifacts/";
    if (method.equals("PUT") && path.startsWith(artifact)) {
      artifacts.put(path.substring(artifact.length()), new String(body, StandardCharsets.UTF_8));
      return JSON.createObjectNode();
    }
    if (body.length > 1_000_000) {
      throw invalid("a request of " + body.length + " bytes");
    }
    JsonNode in = method.equals("GET") ? query(exchange.getRequestURI()) : JSON.readTree(body);
    if (method.equals("POST")) {
      String type = exchange.getRequestHeaders().getFirst("Content-Type");
      if (!"application/json".equals(type)) {
        throw invalid("Content-Type " + type);
      }
    }
    return switch (method + " " + path.replace("/api/2.0/mlflow/", "")) {
      case "GET experiments/get-by-name" -> experiment(in);
      case "POST experiments/create" -> createExperiment(in);
      case "POST runs/search" -> searchRuns(in);
      case "POST runs/create" -> createRun(in);
      case "POST runs/update" -> updateRun(in);
      case "POST runs/log-batch" -> logBatch(in);
      case "POST registered-models/create" -> createModel(in);
      case "POST registered-models/alias" -> alias(in);
      case "GET model-versions/search" -> searchVersions(in);
      case "POST model-versions/create" -> createVersion(in);
      case "POST model-versions/set-tag" -> setTag(in);
      default -> throw new Refusal(404, "ENDPOINT_NOT_FOUND", method + " " + path);
    };
  }

  private ObjectNode experiment(JsonNode in) throws IOException {
    fields(in, Set.of("experiment_name"), Set.of());
    String id = experiments.get(text(in, "experiment_name"));
    if (id == null) {
      throw missing("experiment " + in);
    }
    ObjectNode out = JSON.createObjectNode();
    out.putObject("experiment").put("experiment_id", id).put("lifecycle_stage", "active");
    return out;
  }

  private ObjectNode createExperiment(JsonNode in) throws IOException {
    fields(in, Set.of("name"), Set.of("artifact_location", "tags"));
    String name = text(in, "name");
    if (name.length() > 500) {
      throw invalid("experiment name of " + name.length());
    }
    if (experiments.containsKey(name)) {
      throw new Refusal(400, "RESOURCE_ALREADY_EXISTS", name);
    }
    String id = Integer.toString(experiments.size() + 1);
    experiments.put(name, id);
    return JSON.createObjectNode().put("experiment_id", id);
  }

  private ObjectNode searchRuns(JsonNode in) throws IOException {
    fields(
        in,
        Set.of("experiment_ids"),
        Set.of("filter", "run_view_type", "max_results", "order_by", "page_token"));
    if (!Set.of("ACTIVE_ONLY", "DELETED_ONLY", "ALL").contains(text(in, "run_view_type"))) {
      throw invalid("run_view_type");
    }
    if (!in.path("max_results").isInt()) {
      throw invalid("max_results");
    }
    Matcher filter = FILTER.matcher(text(in, "filter"));
    if (!filter.matches()) {
      throw invalid("filter " + in.path("filter"));
    }
    ObjectNode out = JSON.createObjectNode();
    ArrayNode found = JSON.createArrayNode();
    String experiment = in.path("experiment_ids").path(0).asText();
    runs.forEach(
        (id, run) -> {
          if (!run.deleted
              && run.experiment.equals(experiment)
              && filter.group(2).equals(run.tags.get(filter.group(1)))
              && filter.group(4).equals(run.tags.get(filter.group(3)))) {
            found.add(described(id, run));
          }
        });
    // As the server does: no empty list.
    if (!found.isEmpty()) {
      out.set("runs", found);
    }
    return out;
  }

  private ObjectNode createRun(JsonNode in) throws IOException {
    fields(in, Set.of("experiment_id"), Set.of("user_id", "run_name", "start_time", "tags"));
    if (!experiments.containsValue(text(in, "experiment_id"))) {
      throw missing("experiment " + in.path("experiment_id"));
    }
    whole(in, "start_time");
    var run = new Run(text(in, "experiment_id"));
    run.tags.putAll(pairs(in.path("tags"), 5000));
    String id = "run%028d".formatted(runs.size() + 1);
    runs.put(id, run);
    ObjectNode out = JSON.createObjectNode();
    out.set("run", described(id, run));
    return out;
  }

  private static ObjectNode described(String id, Run run) {
    ObjectNode out = JSON.createObjectNode();
    out.putObject("info")
        .put("run_id", id)
        .put("experiment_id", run.experiment)
        .put("status", run.status)
        .put("artifact_uri", "mlflow-artifacts:/" + run.experiment + "/" + id + "/artifacts")
        .put("lifecycle_stage", run.deleted ? "deleted" : "active");
    return out;
  }

  private ObjectNode updateRun(JsonNode in) throws IOException {
    fields(in, Set.of("run_id"), Set.of("status", "end_time", "run_name"));
    Run run = active(in);
    if (in.has("status")) {
      if (!Set.of("RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED")
          .contains(text(in, "status"))) {
        throw invalid("status " + in.path("status"));
      }
      run.status = text(in, "status");
    }
    if (in.has("end_time")) {
      whole(in, "end_time");
    }
    ObjectNode out = JSON.createObjectNode();
    out.putObject("run_info").put("run_id", text(in, "run_id")).put("status", run.status);
    return out;
  }

  private ObjectNode logBatch(JsonNode in) throws IOException {
    fields(in, Set.of("run_id"), Set.of("metrics", "params", "tags"));
    Run run = active(in);
    int metrics = in.path("metrics").size();
    if (metrics > 1000 || in.path("params").size() > 100 || in.path("tags").size() > 100) {
      throw invalid("%d metrics, %d params".formatted(metrics, in.path("params").size()));
    }
    var added = new ArrayList<Metric>();
    for (JsonNode metric : in.path("metrics")) {
      fields(metric, Set.of("key", "value", "timestamp", "step"), Set.of());
      key(text(metric, "key"));
      if (!metric.path("value").isNumber()) {
        throw invalid("value " + metric.path("value"));
      }
      added.add(
          new Metric(
              text(metric, "key"),
              metric.path("value").asDouble(),
              whole(metric, "timestamp"),
              whole(metric, "step")));
    }
    for (var pair : pairs(in.path("params"), 500).entrySet()) {
      String before = run.parameters.putIfAbsent(pair.getKey(), pair.getValue());
      if (before != null && !before.equals(pair.getValue())) {
        throw invalid("Changing param values is not allowed: " + pair.getKey());
      }
    }
    run.metrics.addAll(added);
    return JSON.createObjectNode();
  }

  private ObjectNode createModel(JsonNode in) throws IOException {
    fields(in, Set.of("name"), Set.of("tags", "description"));
    String name = text(in, "name");
    if (models.putIfAbsent(name, new Model()) != null) {
      throw new Refusal(400, "RESOURCE_ALREADY_EXISTS", name);
    }
    ObjectNode out = JSON.createObjectNode();
    out.putObject("registered_model").put("name", name);
    return out;
  }

  private ObjectNode createVersion(JsonNode in) throws IOException {
    fields(in, Set.of("name", "source"), Set.of("run_id", "tags", "run_link", "description"));
    Model model = model(in);
    String source = text(in, "source");
    String scheme = URI.create(source).getScheme();
    if (scheme == null || scheme.equals("file")) {
      throw invalid("source '" + source + "' is a local path outside of the run's artifacts");
    }
    if (!runs.containsKey(text(in, "run_id"))) {
      throw missing("run " + in.path("run_id"));
    }
    model.versions.add(new Version(source, text(in, "run_id"), pairs(in.path("tags"), 5000)));
    ObjectNode out = JSON.createObjectNode();
    out.putObject("model_version")
        .put("name", text(in, "name"))
        .put("version", Integer.toString(model.versions.size()))
        .put("status", "READY");
    return out;
  }

  /** In pages of one, so that a reader that takes the first page for all is found out. */
  private ObjectNode searchVersions(JsonNode in) throws IOException {
    fields(in, Set.of(), Set.of("filter", "max_results", "order_by", "page_token"));
    Matcher filter = Pattern.compile("name='([^']+)'").matcher(text(in, "filter"));
    if (!filter.matches()) {
      throw invalid("filter " + in.path("filter"));
    }
    ObjectNode out = JSON.createObjectNode();
    Model model = models.get(filter.group(1));
    int at = in.path("page_token").asInt(0);
    if (model == null || at >= model.versions.size()) {
      return out;
    }
    ObjectNode version =
        out.putArray("model_versions").addObject().put("version", Integer.toString(at + 1));
    ArrayNode tags = version.putArray("tags");
    model
        .versions
        .get(at)
        .tags()
        .forEach((key, value) -> tags.addObject().put("key", key).put("value", value));
    if (at + 1 < model.versions.size()) {
      out.put("next_page_token", Integer.toString(at + 1));
    }
    return out;
  }

  private ObjectNode setTag(JsonNode in) throws IOException {
    fields(in, Set.of("name", "version", "key", "value"), Set.of());
    key(text(in, "key"));
    version(in).tags().put(text(in, "key"), text(in, "value"));
    return JSON.createObjectNode();
  }

  private ObjectNode alias(JsonNode in) throws IOException {
    fields(in, Set.of("name", "alias", "version"), Set.of());
    String alias = text(in, "alias");
    if (!alias.matches("[\\w-]{1,255}") || alias.matches("(?i)latest|v\\d+")) {
      throw invalid("alias " + alias);
    }
    version(in);
    model(in).aliases.put(alias, text(in, "version"));
    return JSON.createObjectNode();
  }

  private Model model(JsonNode in) throws IOException {
    Model model = models.get(text(in, "name"));
    if (model == null) {
      throw missing("model " + in.path("name"));
    }
    return model;
  }

  private Version version(JsonNode in) throws IOException {
    Model model = model(in);
    int version = Integer.parseInt(text(in, "version"));
    if (version < 1 || version > model.versions.size()) {
      throw missing("version " + version);
    }
    return model.versions.get(version - 1);
  }

  private Run active(JsonNode in) throws IOException {
    Run run = runs.get(text(in, "run_id"));
    if (run == null) {
      throw missing("run " + in.path("run_id"));
    }
    if (run.deleted) {
      throw invalid("The run " + in.path("run_id") + " must be in the 'active' state");
    }
    return run;
  }

  private static Map<String, String> pairs(JsonNode list, int longest) throws IOException {
    var out = new HashMap<String, String>();
    for (JsonNode pair : list) {
      fields(pair, Set.of("key", "value"), Set.of());
      String value = text(pair, "value");
      if (value.length() > longest) {
        throw invalid("value of " + value.length() + " characters");
      }
      if (out.put(key(text(pair, "key")), value) != null) {
        throw invalid("Duplicate parameter keys " + pair);
      }
    }
    return out;
  }

  private static String key(String key) throws IOException {
    if (!KEY.matcher(key).matches() || key.startsWith("/") || key.contains("..")) {
      throw invalid("Invalid metric name: '" + key + "'");
    }
    return key;
  }

  private static void fields(JsonNode in, Set<String> required, Set<String> optional)
      throws IOException {
    for (String name : required) {
      if (!in.hasNonNull(name)) {
        throw invalid("Missing value for required parameter '" + name + "'");
      }
    }
    for (var names = in.fieldNames(); names.hasNext(); ) {
      String name = names.next();
      if (!required.contains(name) && !optional.contains(name)) {
        throw invalid("unknown field '" + name + "'");
      }
    }
  }

  private static String text(JsonNode in, String name) throws IOException {
    if (!in.path(name).isTextual()) {
      throw invalid(name + " is " + in.path(name) + ": expected a string");
    }
    return in.path(name).textValue();
  }

  private static long whole(JsonNode in, String name) throws IOException {
    if (!in.path(name).isIntegralNumber() || in.path(name).asLong() < 0) {
      throw invalid(name + " is " + in.path(name) + ": expected a whole number");
    }
    return in.path(name).asLong();
  }

  private static ObjectNode query(URI uri) {
    ObjectNode out = JSON.createObjectNode();
    @Nullable String query = uri.getRawQuery();
    for (String pair : Objects.requireNonNullElse(query, "").split("&")) {
      String[] parts = pair.split("=", 2);
      out.put(parts[0], URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
    }
    return out;
  }

  private static Refusal invalid(String message) {
    return new Refusal(400, "INVALID_PARAMETER_VALUE", message);
  }

  private static Refusal missing(String what) {
    return new Refusal(404, "RESOURCE_DOES_NOT_EXIST", what);
  }
}
