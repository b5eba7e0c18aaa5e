package io.millrace.ops.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.ops.config.ConfigException;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.UserError;
import io.millrace.ops.node.HttpAccess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options of commands that ask a running process over HTTP, and the way to it. */
final class ProcessOptions {
  private static final Duration CONNECT = Duration.ofSeconds(10);

  @Option(
      names = "--url",
      paramLabel = "URL",
      description = "Where the process answers, instead of what the configuration says.")
  private @Nullable String url;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description =
          "File with the access token, where api.protectReads asks for it "
              + "(http-token in the data folder, where that can be read).")
  private @Nullable Path tokenFile;

  /** Where the process answers, without a slash at its end. */
  String address(MillraceConfig config) {
    String given = url;
    String base =
        given != null
            ? given
            : config.http().scheme() + "://" + config.http().host() + ":" + config.http().port();
    return base.replaceFirst("/+$", "");
  }

  /**
   * What a route answers.
   *
   * @param path with its slash
   * @param json what is posted; null for GET
   * @throws UserError when nothing answers, or by a refusal, with its words
   */
  String ask(MillraceConfig config, String path, @Nullable String json, Duration patience)
      throws InterruptedException {
    String address = address(config) + path;
    HttpRequest request = request(address, token(config), json, patience);
    try {
      var client = HttpClient.newBuilder().connectTimeout(CONNECT).build();
      HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() != 200) {
        throw new UserError(
            address
                + " answers with status "
                + answer.statusCode()
                + why(answer.body())
                + (answer.statusCode() == 401 ? " (--token-file names a file with it)" : ""));
      }
      return answer.body();
    } catch (SSLException e) {
      throw new UserError(
          "no trust in what answers at "
              + address
              + ": "
              + e.getMessage()
              + "; name a trust store in MILLRACE_JAVA_OPTS (-Djavax.net.ssl.trustStore=FILE)",
          e);
    } catch (IOException e) {
      String why = e.getMessage() == null ? "nothing listens there" : e.getMessage();
      throw new UserError("no Millrace process answers at " + address + ": " + why, e);
    }
  }

  private static HttpRequest request(
      String address, @Nullable String token, @Nullable String json, Duration patience) {
    try {
      HttpRequest.Builder builder = HttpRequest.newBuilder(URI.create(address)).timeout(patience);
      if (token != null) {
        builder.header("Authorization", "Bearer " + token);
      }
      if (json != null) {
        builder
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(json));
      }
      return builder.build();
    } catch (IllegalArgumentException e) {
      throw new ConfigException("--url: " + address + " is no address: " + e.getMessage());
    }
  }

  /**
   * The token to show; null for none. That of the configured data folder goes only to the
   * configured address.
   */
  private @Nullable String token(MillraceConfig config) {
    Path given = tokenFile;
    Path file = given == null ? HttpAccess.tokenFile(config) : given;
    if (given == null && (url != null || !Files.isReadable(file))) {
      return null;
    }
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new ConfigException("--token-file: " + file + " can't be read: " + e.getMessage());
    }
  }

  /** What a refusal says. */
  private static String why(String body) {
    try {
      String error = new ObjectMapper().readTree(body).path("error").asText("");
      return error.isEmpty() ? "" : ": " + error;
    } catch (IOException e) {
      return "";
    }
  }
}
