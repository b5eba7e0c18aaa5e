package io.millrace.ingest.claim;

import io.millrace.ingest.objects.ObjectStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;

/** Images in buckets of the configured object storage. */
final class S3Images implements ImageStore {
  private final ObjectStore objects;
  private final int maxBytes;

  /**
   * @param objects stays its maker's
   */
  S3Images(ObjectStore objects, int maxBytes) {
    this.objects = objects;
    this.maxBytes = maxBytes;
  }

  @Override
  public byte[] read(String url, FetchTime time) throws IOException {
    String[] parts = url.substring("s3://".length()).split("/", 2);
    try (InputStream in = objects.read(parts[0], parts[1])) {
      return ImageStore.readAll(in, maxBytes, time);
    } catch (NoSuchFileException e) {
      throw ClaimException.failed("no such object");
    } catch (AccessDeniedException e) {
      throw ClaimException.failed("the object may not be read: " + e.getReason());
    }
  }
}
