package io.millrace.ingest.claim;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A URL in the one spelling in which prefixes and claims are compared, and the host it is fetched
 * from. What could be read in two ways, such as dot segments and encoded slashes, is refused.
 *
 * @param text scheme and host in lower case, no default port, no user, no fragment
 * @param host scheme, host and port, or scheme and bucket
 */
record ClaimUrl(String text, String host) {
  /** The host of all files. */
  static final String FILE = "file:";

  private static final int LONGEST = 4096;
  private static final Pattern S3 = Pattern.compile("(s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/(.*)");
  // Keys are taken literally, but not by everything between here and the store.
  private static final Pattern DOTS = Pattern.compile("(^|/)\\.\\.?(/|$)");
  private static final Pattern TWO_READINGS =
      Pattern.compile("%2e|%2f|%5c|\\\\|//", Pattern.CASE_INSENSITIVE);

  /**
   * Reads a configured prefix.
   *
   * @throws IllegalArgumentException naming the prefix and what is wrong with it
   */
  static ClaimUrl of(String prefix) {
    try {
      ClaimUrl read = read(prefix);
      if (!prefix.endsWith("/") || prefix.contains("?") || read.isFile()) {
        throw ClaimException.refused("no slash at its end, or another scheme");
      }
      return read;
    } catch (ClaimException e) {
      throw new IllegalArgumentException(
          "prefixes has '%s': expected https://HOST/…/ or s3://BUCKET/…/ with a slash at its end (%s)"
              .formatted(prefix, e.getMessage()));
    }
  }

  /**
   * Reads a claim's or a redirect's URL. A file's is taken as it is: {@link FileImages} judges it.
   */
  static ClaimUrl read(String url) throws ClaimException {
    if (url.length() > LONGEST) {
      throw ClaimException.refused(
          "a URL of " + url.length() + " characters: expected at most " + LONGEST);
    }
    if (url.regionMatches(true, 0, FILE, 0, FILE.length())) {
      return new ClaimUrl(url, FILE);
    }
    Matcher s3 = S3.matcher(url);
    if (s3.matches()) {
      if (DOTS.matcher(s3.group(2)).find()) {
        throw ClaimException.refused("a key with dot segments");
      }
      return new ClaimUrl(url, s3.group(1));
    }
    URI uri;
    try {
      uri = new URI(url);
    } catch (URISyntaxException e) {
      throw ClaimException.refused("no URL: " + e.getReason());
    }
    if (!"https".equalsIgnoreCase(uri.getScheme()) || uri.getHost() == null) {
      throw ClaimException.refused(
          "scheme " + uri.getScheme() + ": expected https, s3 or file with a host or a bucket");
    }
    if (uri.getRawUserInfo() != null || uri.getRawFragment() != null) {
      throw ClaimException.refused("a user or a fragment in the URL: expected neither");
    }
    String path = uri.getRawPath();
    if (TWO_READINGS.matcher(path).find() || !uri.normalize().getRawPath().equals(path)) {
      throw ClaimException.refused(
          "a path with dot segments, or slashes that are doubled or encoded");
    }
    String host =
        "https://"
            + uri.getHost().toLowerCase(Locale.ROOT)
            + (uri.getPort() < 0 || uri.getPort() == 443 ? "" : ":" + uri.getPort());
    String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
    return new ClaimUrl(host + (path.isEmpty() ? "/" : path) + query, host);
  }

  boolean isFile() {
    return host.equals(FILE);
  }

  boolean isS3() {
    return host.startsWith("s3:");
  }

  /** The URL without its query, which may be a key to the image. */
  String shown() {
    int query = text.indexOf('?');
    return query < 0 || isS3() || isFile() ? text : text.substring(0, query);
  }

  boolean covers(ClaimUrl claim) {
    return claim.text.startsWith(text);
  }
}
