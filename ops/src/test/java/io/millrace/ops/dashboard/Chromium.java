package io.millrace.ops.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** A headless Chromium with one page, driven over its DevTools socket. */
final class Chromium implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Process process;
  private final WebSocket socket;
  private final AtomicInteger ids = new AtomicInteger();
  private final Map<Integer, CompletableFuture<JsonNode>> answers = new ConcurrentHashMap<>();
  private final List<String> complaints = new CopyOnWriteArrayList<>();

  /** The browser on this machine's path, if there is one. */
  static Optional<Path> installed() {
    String path = System.getenv().getOrDefault("PATH", "");
    return Stream.of(path.split(File.pathSeparator))
        .flatMap(
            d ->
                Stream.of("chromium", "chromium-browser", "google-chrome").map(Path.of(d)::resolve))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** Starts a browser with a profile of its own under {@code folder}. */
  static Chromium start(Path browser, Path folder) throws IOException {
    var command =
        new ArrayList<>(
            List.of(
                browser.toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--hide-scrollbars",
                "--remote-debugging-port=0",
                "--user-data-dir=" + folder.resolve("profile"),
                "about:blank"));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("chromium.log").toFile())
            .start();
    try {
      Path port = folder.resolve("profile").resolve("DevToolsActivePort");
      Awaitility.await()
          .atMost(2, TimeUnit.MINUTES)
          .until(() -> Files.exists(port) && Files.readAllLines(port).size() > 1);
      return new Chromium(process, Integer.parseInt(Files.readAllLines(port).get(0)));
    } catch (RuntimeException | IOException e) {
      process.destroyForcibly();
      throw e;
    }
  }

  private Chromium(Process process, int port) throws IOException {
    this.process = process;
    var http = HttpClient.newHttpClient();
    try {
      var list =
          http.send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/json/list")).build(),
              HttpResponse.BodyHandlers.ofString());
      String page = "";
      for (JsonNode target : JSON.readTree(list.body())) {
        if (target.path("type").asText().equals("page")) {
          page = target.path("webSocketDebuggerUrl").asText();
        }
      }
      socket = http.newWebSocketBuilder().buildAsync(URI.create(page), new Listener()).join();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
    command("Runtime.enable", Map.of());
    command("Log.enable", Map.of());
    command("Page.enable", Map.of());
  }

  /** Opens an address at a size, light or dark. */
  void open(String url, int width, int height, boolean dark) {
    command(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 600));
    command(
        "Emulation.setEmulatedMedia",
        Map.of(
            "features",
            List.of(Map.of("name", "prefers-color-scheme", "value", dark ? "dark" : "light"))));
    command("Page.navigate", Map.of("url", url));
  }

  /** Elements that a CSS selector finds. */
  int count(String selector) {
    return value("document.querySelectorAll('" + selector + "').length").asInt();
  }

  /** The value of an expression in the page. */
  JsonNode value(String expression) {
    return command("Runtime.evaluate", Map.of("expression", expression, "returnByValue", true))
        .path("result")
        .path("value");
  }

  /** What a screen reader gets: every node that it does not pass over. */
  List<JsonNode> accessibleNodes() {
    var nodes = new ArrayList<JsonNode>();
    for (JsonNode node : command("Accessibility.getFullAXTree", Map.of()).path("nodes")) {
      if (!node.path("ignored").asBoolean()) {
        nodes.add(node);
      }
    }
    return nodes;
  }

  /** Bytes of the page's JavaScript heap in use, after a collection. */
  double heapBytes() {
    command("HeapProfiler.collectGarbage", Map.of());
    return command("Runtime.getHeapUsage", Map.of()).path("usedSize").asDouble();
  }

  /** Presses the Tab key. */
  void tab() {
    for (String type : List.of("keyDown", "keyUp")) {
      command(
          "Input.dispatchKeyEvent",
          Map.of("type", type, "key", "Tab", "code", "Tab", "windowsVirtualKeyCode", 9));
    }
  }

  /** Moves the pointer through points of an element, its button pressed between first and last. */
  void drag(String selector, int[]... path) {
    mouse("mouseMoved", selector, path[0], false);
    mouse("mousePressed", selector, path[0], true);
    for (int[] at : path) {
      mouse("mouseMoved", selector, at, true);
    }
    mouse("mouseReleased", selector, path[path.length - 1], true);
  }

  /** Moves the pointer to a point of an element, in pixels from its corner. */
  void point(String selector, int x, int y) {
    mouse("mouseMoved", selector, new int[] {x, y}, false);
  }

  private void mouse(String type, String selector, int[] at, boolean pressed) {
    JsonNode corner =
        value(
            "(() => { const box = document.querySelector('"
                + selector
                + "').getBoundingClientRect(); return [box.left, box.top]; })()");
    command(
        "Input.dispatchMouseEvent",
        Map.of(
            "type",
            type,
            "x",
            corner.get(0).asDouble() + at[0],
            "y",
            corner.get(1).asDouble() + at[1],
            "button",
            pressed ? "left" : "none",
            "buttons",
            pressed ? 1 : 0,
            "clickCount",
            type.equals("mouseMoved") ? 0 : 1));
  }

  /** Errors and exceptions that the page has logged. */
  List<String> complaints() {
    return complaints;
  }

  /** A picture of the whole page. */
  void screenshot(Path file) {
    String data =
        command("Page.captureScreenshot", Map.of("format", "png", "captureBeyondViewport", true))
            .path("data")
            .asText();
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.write(file, Base64.getDecoder().decode(data));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private JsonNode command(String method, Map<String, Object> parameters) {
    int id = ids.incrementAndGet();
    var answer = new CompletableFuture<JsonNode>();
    answers.put(id, answer);
    try {
      String text =
          JSON.writeValueAsString(Map.of("id", id, "method", method, "params", parameters));
      socket.sendText(text, true).join();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return answer.orTimeout(5, TimeUnit.MINUTES).join();
  }

  @Override
  public void close() {
    socket.abort();
    List<ProcessHandle> helpers = process.descendants().toList();
    process.destroy();
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
      helpers.forEach(ProcessHandle::destroyForcibly);
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  private final class Listener implements WebSocket.Listener {
    private final StringBuilder part = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      part.append(data);
      if (last) {
        try {
          heard(JSON.readTree(part.toString()));
        } catch (IOException e) {
          complaints.add("unreadable: " + e.getMessage());
        }
        part.setLength(0);
      }
      from.request(1);
      return CompletableFuture.completedStage(null);
    }

    private void heard(JsonNode message) {
      String method = message.path("method").asText();
      JsonNode parameters = message.path("params");
      if (message.has("id")) {
        CompletableFuture<JsonNode> answer = answers.remove(message.get("id").asInt());
        if (answer != null) {
          answer.complete(message.path("result"));
        }
      } else if (method.equals("Runtime.exceptionThrown")) {
        complaints.add(parameters.path("exceptionDetails").toString());
      } else if (method.equals("Log.entryAdded")
          && parameters.path("entry").path("level").asText().equals("error")) {
        complaints.add(parameters.path("entry").toString());
      } else if (method.equals("Runtime.consoleAPICalled")
          && parameters.path("type").asText().equals("error")) {
        complaints.add(parameters.path("args").toString());
      }
    }
  }
}
