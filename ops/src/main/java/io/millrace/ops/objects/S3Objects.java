package io.millrace.ops.objects;

import io.millrace.ingest.objects.ObjectStore;
import io.millrace.ops.config.S3Config;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;

/**
 * Object storage by AWS' client, which tries again by itself and has bytes checked by a CRC both
 * ways where the server knows it.
 */
public final class S3Objects implements ObjectStore {
  private final S3Client client;

  /** Connects to nothing yet: credentials and server are looked for at the first call. */
  public S3Objects(S3Config settings) {
    S3ClientBuilder builder =
        S3Client.builder()
            .region(Region.of(settings.region()))
            .forcePathStyle(settings.pathStyle())
            .httpClientBuilder(
                UrlConnectionHttpClient.builder()
                    .connectionTimeout(settings.readTimeout())
                    .socketTimeout(settings.readTimeout()))
            .overrideConfiguration(c -> c.apiCallTimeout(settings.timeLimit()));
    if (!settings.endpoint().isEmpty()) {
      builder.endpointOverride(URI.create(settings.endpoint()));
    }
    client = builder.build();
  }

  @Override
  public InputStream read(String bucket, String key) throws IOException {
    return call(bucket, key, () -> client.getObject(r -> r.bucket(bucket).key(key)));
  }

  @Override
  public void put(String bucket, String key, Path file) throws IOException {
    call(
        bucket,
        key,
        () -> client.putObject(r -> r.bucket(bucket).key(key), RequestBody.fromFile(file)));
  }

  @Override
  public boolean has(String bucket, String key, long bytes) throws IOException {
    try {
      return call(bucket, key, () -> client.headObject(r -> r.bucket(bucket).key(key)))
              .contentLength()
          == bytes;
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  @Override
  public Map<String, Long> list(String bucket, String prefix) throws IOException {
    return call(
        bucket,
        prefix,
        () -> {
          var out = new TreeMap<String, Long>();
          client
              .listObjectsV2Paginator(r -> r.bucket(bucket).prefix(prefix))
              .contents()
              .forEach(object -> out.put(object.key(), object.size()));
          return out;
        });
  }

  @Override
  public void delete(String bucket, String key) throws IOException {
    call(bucket, key, () -> client.deleteObject(r -> r.bucket(bucket).key(key)));
  }

  private static <T> T call(String bucket, String key, Supplier<T> request) throws IOException {
    String object = "s3://" + bucket + "/" + key;
    try {
      return request.get();
    } catch (AwsServiceException e) {
      switch (e.statusCode()) {
        case 404 -> throw new NoSuchFileException(object, null, e.getMessage());
        case 401, 403 -> throw new AccessDeniedException(object, null, e.getMessage());
        default -> throw new IOException(object + ": " + e.getMessage(), e);
      }
    } catch (SdkException e) {
      throw new IOException(object + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    client.close();
  }
}
