package io.millrace.ops.node;

import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.RoleName;
import io.millrace.ops.config.UserError;
import io.millrace.serving.http.AccessControl;
import io.millrace.serving.http.AccessToken;
import io.millrace.serving.http.ApiSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Who may call this process over HTTP, as configured. */
public final class HttpAccess {
  private HttpAccess() {}

  /**
   * The token, made at the first start.
   *
   * @throws UserError when its file can't be read or made
   */
  public static AccessToken token(MillraceConfig config) {
    try {
      return AccessToken.in(tokenFile(config));
    } catch (IOException e) {
      throw new UserError("api.tokenFile: " + e.getMessage(), e);
    }
  }

  /** Whether anything in a process needs the token. */
  public static boolean needsToken(MillraceConfig config, Set<RoleName> roles) {
    return roles.contains(RoleName.SERVING)
        || config.api().protectReads()
        || config.api().protectMetrics();
  }

  /** Where the token is. */
  public static Path tokenFile(MillraceConfig config) {
    return config.api().tokenFile().isEmpty()
        ? config.dataDir().resolve("http-token")
        : Path.of(config.api().tokenFile());
  }

  /**
   * Holds for every route of the server.
   *
   * @param token null where nothing needs one
   */
  public static AccessControl control(MillraceConfig config, @Nullable AccessToken token) {
    return new AccessControl(config.api(), token, config.http().host());
  }

  /** What others could do who reach the port; empty while only this machine does. */
  public static List<String> warnings(MillraceConfig config) {
    var out = new ArrayList<String>();
    String host = config.http().host();
    ApiSettings api = config.api();
    if (config.http().enabled() && !AccessControl.isLoopback(host)) {
      if (config.http().keyStore().isEmpty()) {
        out.add(
            "http.host is "
                + host
                + " without TLS: images, answers and the token can be read on the way; set"
                + " http.keyStore, or put a proxy that speaks TLS before it");
      }
      if (!api.protectReads()) {
        out.add(
            "http.host is "
                + host
                + ": whoever reaches it may see images and embeddings without a token; set"
                + " api.protectReads, or let only some reach it");
      }
    }
    return out;
  }
}
