package io.millrace.ingest.objects;

/**
 * A folder of a bucket.
 *
 * @param prefix what its keys begin with: empty, or with a slash at its end
 */
public record ObjectPlace(String bucket, String prefix) {
  private static final String SCHEME = "s3://";

  /**
   * Reads {@code s3://BUCKET/FOLDER/}.
   *
   * @throws IllegalArgumentException where it is written otherwise
   */
  public static ObjectPlace parse(String text) {
    int slash = text.indexOf('/', SCHEME.length());
    if (!text.startsWith(SCHEME) || slash <= SCHEME.length() || !text.endsWith("/")) {
      throw new IllegalArgumentException(
          "'" + text + "' is no place of objects: expected s3://BUCKET/ or s3://BUCKET/FOLDER/");
    }
    return new ObjectPlace(text.substring(SCHEME.length(), slash), text.substring(slash + 1));
  }

  /** A folder in it. */
  public ObjectPlace folder(String name) {
    return new ObjectPlace(bucket, prefix + name + "/");
  }

  /** The key of what has this name in it. */
  public String key(String name) {
    return prefix + name;
  }

  @Override
  public String toString() {
    return SCHEME + bucket + "/" + prefix;
  }
}
