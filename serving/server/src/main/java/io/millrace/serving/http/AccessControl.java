package io.millrace.serving.http;

import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.HashSet;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who may call what: under which name the process is called ({@code Host}: a page elsewhere may let
 * a name of its own point here), from which page ({@code Origin}), and with which token. Registered
 * with a server it holds for every route: whatever is not listed here as open shows data.
 */
public final class AccessControl {
  /** A browser that has shown the token reads with it: a header can't be set for a picture. */
  static final String COOKIE = "millrace_read";

  private static final Logger log = LoggerFactory.getLogger(AccessControl.class);
  private static final long SAY_EVERY_NANOS = TimeUnit.MINUTES.toNanos(1);
  private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");
  private static final String METRICS = "/metrics";
  private static final String SESSION = "/api/session";
  private static final Pattern HEALTH = Pattern.compile("/v2/health/.+");
  private static final Pattern PAGE =
      Pattern.compile("/|/[a-z]+\\.(js|css|svg)|/lib/[a-z]+\\.(js|css)");
  private static final Pattern ADDRESS =
      Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}|\\[[0-9a-f:.]+\\]");

  private final ApiSettings settings;
  private final @Nullable AccessToken token;
  private final Set<String> hosts = new HashSet<>(LOOPBACK);
  private final Set<String> origins;
  private final AtomicLong refusals = new AtomicLong();
  private final AtomicLong saidAt = new AtomicLong(System.nanoTime() - SAY_EVERY_NANOS);

  /**
   * @param token what protected routes ask for; null where this process has none of them, and then
   *     nothing that asks for a token is answered
   * @param bound address that the server is bound to
   */
  public AccessControl(ApiSettings settings, @Nullable AccessToken token, String bound) {
    this.settings = settings;
    this.token = token;
    this.origins = Set.copyOf(settings.corsOrigins());
    hosts.add(lower(bound));
    settings.hosts().forEach(host -> hosts.add(lower(host)));
    if (!isLoopback(bound)) {
      addOwnName();
    }
  }

  /** Whether an address is reached from this machine alone. */
  public static boolean isLoopback(String bound) {
    return LOOPBACK.contains(lower(bound))
        || lower(bound).equals("::1")
        || bound.startsWith("127.");
  }

  private void addOwnName() {
    try {
      hosts.add(lower(InetAddress.getLocalHost().getHostName()));
    } catch (UnknownHostException e) {
      // It has none: api.hosts names it.
    }
  }

  /** Looks at every request of a server before its route does, and lets configured pages in. */
  public void register(JavalinConfig server) {
    server.routes.before(this::look);
    server.routes.exception(
        ApiError.class,
        (e, ctx) -> Answers.refuse(ctx, e.status(), String.valueOf(e.getMessage()), e.field()));
    server.routes.post(SESSION, this::openSession);
    if (!origins.isEmpty()) {
      server.bundledPlugins.enableCors(
          cors ->
              cors.addRule(
                  rule -> {
                    origins.forEach(rule::allowHost);
                    rule.exposeHeader("Inference-Header-Content-Length");
                    rule.exposeHeader("Millrace-Model-Version");
                    rule.exposeHeader("Retry-After");
                    rule.maxAge = 600;
                  }));
    }
  }

  private void openSession(Context ctx) {
    requireChange(ctx);
    String secure = ctx.scheme().equals("https") ? "; Secure" : "";
    ctx.header(
        "Set-Cookie",
        COOKIE
            + "="
            + Objects.requireNonNull(token).forReading()
            + "; Path=/; HttpOnly; SameSite=Strict"
            + secure);
    ctx.status(204);
  }

  private void look(Context ctx) {
    String path = ctx.path();
    if (HEALTH.matcher(path).matches()) {
      return; // for probes, which call by whatever name; it tells no more than a closed port would
    }
    requireReadName(ctx);
    boolean isMeters = path.startsWith(METRICS); // a slash at the end leads there, too
    boolean isOpen =
        ctx.method() == HandlerType.OPTIONS
            || PAGE.matcher(path).matches()
            || !(isMeters ? settings.protectMetrics() : settings.protectReads());
    if (!isOpen) {
      requireToken(ctx, true);
    }
  }

  /** A route that shows something. */
  void requireRead(Context ctx) {
    requireReadName(ctx);
    if (settings.protectReads()) {
      requireToken(ctx, true);
    }
  }

  /** A route that changes something. */
  void requireChange(Context ctx) {
    requireName(ctx, false);
    requireOrigin(ctx);
    requireToken(ctx, false);
  }

  private void requireReadName(Context ctx) {
    requireName(ctx, true);
    if (ctx.method() != HandlerType.GET && ctx.method() != HandlerType.HEAD) {
      requireOrigin(ctx);
    }
  }

  /**
   * @param anyAddress whether an address will do in place of a name: no page elsewhere can call us
   *     by one
   */
  private void requireName(Context ctx, boolean anyAddress) {
    String host = ctx.header("Host");
    String name = host == null ? "" : withoutPort(host);
    if (!hosts.contains(name) && !(anyAddress && ADDRESS.matcher(name).matches())) {
      throw refused("Host", "Host is '" + host + "': expected one of api.hosts");
    }
  }

  private void requireOrigin(Context ctx) {
    String origin = ctx.header("Origin");
    if (origin == null || origins.contains(origin)) {
      return;
    }
    String from = hostOf(origin);
    String host = ctx.header("Host");
    boolean isOurs = hosts.contains(from) || host != null && from.equals(withoutPort(host));
    if (!isOurs) {
      throw refused(
          "Origin", "Origin is '" + origin + "': expected one of api.hosts or api.corsOrigins");
    }
  }

  /**
   * Says in the log at most once a minute what may be an attack, or a name that is not configured.
   */
  private ApiError refused(String field, String message) {
    long now = System.nanoTime();
    long count = refusals.incrementAndGet();
    long said = saidAt.get();
    if (now - said >= SAY_EVERY_NANOS && saidAt.compareAndSet(said, now)) {
      refusals.addAndGet(-count);
      log.warn(
          "{} requests were refused for their Host or Origin, the last one: {}",
          count,
          message.replaceAll("[^\\x20-\\x7e]", "?"));
    }
    return new ApiError(403, field, message);
  }

  private void requireToken(Context ctx, boolean cookieToo) {
    String authorization = ctx.header("Authorization");
    if (token == null) {
      throw new ApiError(
          401, "Authorization", "this process has no token: nothing here needs one but this route");
    }
    if (token.isIn(authorization)
        || cookieToo && authorization == null && token.isForReading(ctx.cookie(COOKIE))) {
      return;
    }
    ctx.header("WWW-Authenticate", "Bearer");
    throw new ApiError(
        401,
        "Authorization",
        authorization == null
            ? "this route needs the bearer token; see docs/serving.md"
            : "the bearer token is wrong: expected the one in api.tokenFile");
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  private static String withoutPort(String host) {
    return lower(host).replaceFirst(":\\d{1,5}$", "");
  }

  private static String hostOf(String origin) {
    try {
      @Nullable String host = new URI(origin).getHost();
      return host == null ? "" : lower(host);
    } catch (URISyntaxException e) {
      return "";
    }
  }
}
