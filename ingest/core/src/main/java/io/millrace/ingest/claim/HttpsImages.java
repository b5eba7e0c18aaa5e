package io.millrace.ingest.claim;

import java.io.IOException;
import java.net.URI;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;

/**
 * Images over HTTPS. No proxy, no cookies, no compression; a redirect is followed only to the same
 * host and to what the prefixes cover.
 */
final class HttpsImages implements ImageStore {
  private static final int REDIRECTS = 3;
  private static final TimeValue KEPT = TimeValue.ofMinutes(1);

  private final List<ClaimUrl> prefixes;
  private final int maxBytes;
  private final CloseableHttpClient client;

  /**
   * @param names resolves hosts, whose addresses are then checked
   */
  HttpsImages(ClaimSettings settings, SSLContext tls, DnsResolver names) {
    prefixes = settings.urls();
    maxBytes = settings.maxBytes();
    Timeout read = Timeout.of(settings.readTimeout());
    ConnectionConfig connections =
        ConnectionConfig.custom()
            .setConnectTimeout(Timeout.of(settings.connectTimeout()))
            .setSocketTimeout(read)
            .setTimeToLive(KEPT)
            .build();
    client =
        HttpClients.custom()
            .setConnectionManager(
                PoolingHttpClientConnectionManagerBuilder.create()
                    .setDnsResolver(new Addresses(names, settings.privateAddresses()))
                    .setTlsSocketStrategy(new DefaultClientTlsStrategy(tls))
                    .setDefaultConnectionConfig(connections)
                    .setMaxConnPerRoute(settings.perHost())
                    .setMaxConnTotal(Integer.MAX_VALUE) // hosts are as many as the prefixes name
                    .build())
            .setDefaultRequestConfig(RequestConfig.custom().setResponseTimeout(read).build())
            .setUserAgent("millrace-ingest")
            .disableRedirectHandling()
            .disableAutomaticRetries()
            .disableCookieManagement()
            .disableAuthCaching()
            .disableContentCompression()
            .build();
  }

  @Override
  public byte[] read(String url, FetchTime time) throws IOException {
    String host = ClaimUrl.read(url).host();
    String at = url;
    for (int hops = 0; hops <= REDIRECTS; hops++) {
      URI uri = URI.create(at);
      HttpGet request = new HttpGet(uri);
      time.onEnd(request::cancel);
      try (ClassicHttpResponse response =
          client.executeOpen(HttpHost.create(URI.create(host)), request, null)) {
        try {
          int status = response.getCode();
          if (status == 200) {
            return body(response, time);
          }
          at = redirected(uri, target(response), host);
        } finally {
          request.cancel(); // closing a response that is not read would read it to its end
        }
      } catch (Addresses.RefusedException e) {
        throw ClaimException.refused(e.getMessage());
      }
    }
    throw ClaimException.failed("more than " + REDIRECTS + " redirects");
  }

  private static String target(ClassicHttpResponse response) throws ClaimException {
    int status = response.getCode();
    Header location = response.getFirstHeader("Location");
    if (status > 300 && status <= 308 && status != 304 && location != null) {
      return location.getValue();
    }
    throw status >= 500 || status == 408 || status == 425 || status == 429
        ? ClaimException.passing("HTTP status " + status)
        : ClaimException.failed("HTTP status " + status);
  }

  private byte[] body(ClassicHttpResponse response, FetchTime time) throws IOException {
    HttpEntity entity = response.getEntity();
    if (entity == null) {
      return new byte[0];
    }
    if (entity.getContentLength() > maxBytes) {
      throw ClaimException.tooLarge(String.valueOf(entity.getContentLength()), maxBytes);
    }
    return ImageStore.readAll(entity.getContent(), maxBytes, time);
  }

  private String redirected(URI from, String location, String host) throws ClaimException {
    ClaimUrl to;
    try {
      to = ClaimUrl.read(from.resolve(location).toString());
    } catch (IllegalArgumentException e) {
      throw ClaimException.refused("redirected to what is no URL: " + e.getMessage());
    }
    if (!to.host().equals(host)) {
      throw ClaimException.refused("redirected to " + to.host() + ": expected " + host);
    }
    if (prefixes.stream().noneMatch(prefix -> prefix.covers(to))) {
      throw ClaimException.refused("redirected to what no prefix of ingest.claims covers");
    }
    return to.text();
  }

  @Override
  public void close() {
    client.close(CloseMode.IMMEDIATE);
  }
}
