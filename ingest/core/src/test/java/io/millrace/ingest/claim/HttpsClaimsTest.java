package io.millrace.ingest.claim;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.decode.RejectionReason;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hc.client5.http.DnsResolver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Claims over HTTPS against a server of this machine that behaves badly. */
class HttpsClaimsTest {
  private static final byte[] IMAGE = "the bytes of an image".getBytes(UTF_8);
  private static final int MAX_BYTES = 4096;

  /** Of what must end by itself; of all else {@link #AMPLE}. */
  private static final Duration LIMIT = Duration.ofSeconds(2);

  private static final Duration AMPLE = Duration.ofMinutes(2);

  @TempDir static Path dir;

  /** Every name is this machine. */
  private static final DnsResolver HERE = names(InetAddress.getLoopbackAddress());

  private TlsServer server;
  private final CountDownLatch end = new CountDownLatch(1);
  private final BlockingQueue<ClaimFetch> done = new LinkedBlockingQueue<>();
  private final List<ClaimFetches> opened = new ArrayList<>();

  @BeforeEach
  void start() throws Exception {
    server = new TlsServer(dir);
  }

  @AfterEach
  void stop() {
    end.countDown();
    opened.forEach(ClaimFetches::close);
    server.close();
  }

  private static DnsResolver names(InetAddress... addresses) {
    return new DnsResolver() {
      @Override
      public InetAddress[] resolve(String host) {
        return addresses;
      }

      @Override
      public String resolveCanonicalHostname(String host) {
        return host;
      }
    };
  }

  private ClaimFetches fetches(boolean privateAddresses, DnsResolver names) {
    return fetches(privateAddresses, names, AMPLE);
  }

  private ClaimFetches fetches(boolean privateAddresses, DnsResolver names, Duration limit) {
    ClaimFetches fetches =
        new ClaimFetches(
            new ClaimSettings(
                List.of(server.url("one.test", "/images/"), server.url("other.test", "/images/")),
                "",
                privateAddresses,
                MAX_BYTES,
                2,
                100,
                3,
                Duration.ofMinutes(1),
                Duration.ofMinutes(1),
                limit),
            null,
            server.tls,
            names);
    opened.add(fetches);
    return fetches;
  }

  private FetchOutcome fetch(String url) throws InterruptedException {
    return fetch(fetches(true, HERE), url);
  }

  private FetchOutcome fetch(ClaimFetches fetches, String url) throws InterruptedException {
    fetches.fetch(url, done::add);
    return next();
  }

  private FetchOutcome next() throws InterruptedException {
    ClaimFetch fetch = done.poll(60, TimeUnit.SECONDS);
    assertThat(fetch).as("a fetch that ends").isNotNull();
    return fetch.take();
  }

  private String one(String path) {
    return server.url("one.test", path);
  }

  @Test
  void fetchesWhatAPrefixCovers() throws Exception {
    server.serve("/images/a.png", TlsServer.answering(IMAGE));
    FetchOutcome outcome = fetch(one("/images/a.png?key=1"));
    assertThat(outcome.detail()).isEmpty();
    assertThat(outcome.bytes()).isEqualTo(IMAGE);
    assertThat(outcome.attempts()).isEqualTo(1);
  }

  @Test
  void refusesWhatNoPrefixCovers() {
    ClaimFetches fetches = fetches(true, HERE);
    for (String url :
        List.of(
            one("/secret"),
            one("/images/../secret"),
            one("/images/%2e%2e/secret"),
            one("/images/..%2fsecret"),
            one("/images//a.png"),
            one("/images/a.png").replace("https", "http"),
            one("/images/a.png").replace("one.test", "user:word@one.test"),
            one("/images/a.png").replace("one.test", "one.test."),
            one("/images/a.png").replace("one.test", "third.test"),
            "https://one.test/images/a.png", // another port
            "ftp://one.test/images/a.png",
            "file:///etc/passwd",
            "s3://bucket/images/a.png",
            "no url",
            "")) {
      FetchOutcome refusal = fetches.refusal(url);
      assertThat(refusal).as(url).isNotNull();
      assertThat(refusal.reason()).as(url).isEqualTo(RejectionReason.CLAIM_REFUSED);
    }
    assertThat(fetches.refusal(one("/images/a.png"))).isNull();
    assertThat(fetches.refusal(one("/images/a.png").replace("one", "ONE"))).isNull();
  }

  @Test
  void followsARedirectWithinThePrefixAlone() throws Exception {
    server.serve("/images/a.png", TlsServer.answering(IMAGE));
    server.serve("/images/moved.png", TlsServer.redirecting("a.png"));
    server.serve("/images/out.png", TlsServer.redirecting("/secret"));
    server.serve(
        "/images/other.png", TlsServer.redirecting(server.url("other.test", "/images/a.png")));
    server.serve("/images/plain.png", TlsServer.redirecting("http://169.254.169.254/latest"));
    server.serve("/images/round.png", TlsServer.redirecting("round.png"));
    AtomicInteger secrets = new AtomicInteger();
    server.serve("/secret", exchange -> secrets.incrementAndGet());

    assertThat(fetch(one("/images/moved.png")).bytes()).isEqualTo(IMAGE);
    for (String path : List.of("/images/out.png", "/images/other.png", "/images/plain.png")) {
      FetchOutcome refused = fetch(one(path));
      assertThat(refused.reason()).as(path).isEqualTo(RejectionReason.CLAIM_REFUSED);
      assertThat(refused.attempts()).isEqualTo(1);
    }
    assertThat(fetch(one("/images/round.png")).reason()).isEqualTo(RejectionReason.CLAIM_FAILED);
    assertThat(secrets).hasValue(0);
  }

  @Test
  void asksNoPrivateAddress() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    server.serve("/images/", exchange -> asked.incrementAndGet());
    InetAddress somewhere = InetAddress.getByName("93.184.216.34");
    for (String address :
        List.of(
            "127.0.0.1",
            "::1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "169.254.169.254",
            "fe80::1",
            "fd00:ec2::254",
            "fc00::1",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:0:7f00:1::",
            "::ffff:127.0.0.1",
            "::127.0.0.1")) {
      ClaimFetches fetches = fetches(false, names(somewhere, InetAddress.getByName(address)));
      FetchOutcome refused = fetch(fetches, one("/images/a.png"));
      assertThat(refused.reason()).as(address).isEqualTo(RejectionReason.CLAIM_REFUSED);
      assertThat(refused.detail()).contains("one.test", "expected a public one");
    }
    ClaimFetches literal =
        new ClaimFetches(
            new ClaimSettings(
                List.of(server.url("127.0.0.1", "/images/")),
                "",
                false,
                MAX_BYTES,
                2,
                100,
                3,
                Duration.ofMinutes(1),
                Duration.ofMinutes(1),
                AMPLE),
            null,
            server.tls,
            org.apache.hc.client5.http.SystemDefaultDnsResolver.INSTANCE);
    opened.add(literal);
    assertThat(fetch(literal, server.url("127.0.0.1", "/images/a.png")).reason())
        .isEqualTo(RejectionReason.CLAIM_REFUSED);
    assertThat(asked).hasValue(0);
  }

  @Test
  void metadataAddressesStayRefusedWherePrivateOnesAreAllowed() throws Exception {
    for (String address :
        List.of("169.254.169.254", "fe80::1", "fd00:ec2::254", "100.100.100.200", "0.0.0.0")) {
      FetchOutcome refused =
          fetch(fetches(true, names(InetAddress.getByName(address))), one("/images/a.png"));
      assertThat(refused.reason()).as(address).isEqualTo(RejectionReason.CLAIM_REFUSED);
    }
  }

  @Test
  void connectsToTheVeryAddressThatItChecked() throws Exception {
    server.serve("/images/a.png", TlsServer.answering(IMAGE));
    AtomicInteger lookUps = new AtomicInteger();
    DnsResolver rebinding =
        new DnsResolver() {
          @Override
          public InetAddress[] resolve(String host) throws UnknownHostException {
            return new InetAddress[] {
              lookUps.incrementAndGet() == 1
                  ? InetAddress.getLoopbackAddress()
                  : InetAddress.getByName("169.254.169.254")
            };
          }

          @Override
          public String resolveCanonicalHostname(String host) {
            return host;
          }
        };
    assertThat(fetch(fetches(true, rebinding), one("/images/a.png")).bytes()).isEqualTo(IMAGE);
    assertThat(lookUps).as("one look-up, whose address is connected to").hasValue(1);
  }

  @Test
  void countsTheBytesAndNotTheirAnnouncement() throws Exception {
    server.serve("/images/most.png", TlsServer.answering(new byte[MAX_BYTES]));
    server.serve("/images/announced.png", TlsServer.answering(new byte[MAX_BYTES + 1]));
    server.serve(
        "/images/endless.png",
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          byte[] more = new byte[1000];
          while (end.getCount() > 0) {
            exchange.getResponseBody().write(more);
          }
        });
    assertThat(fetch(one("/images/most.png")).bytes()).hasSize(MAX_BYTES);
    for (String path : List.of("/images/announced.png", "/images/endless.png")) {
      FetchOutcome large = fetch(one(path));
      assertThat(large.reason()).as(path).isEqualTo(RejectionReason.TOO_LARGE);
      assertThat(large.detail()).contains("4096", "ingest.claims.maxBytes");
    }
  }

  @Test
  void failsWhereFewerBytesComeThanAnnounced() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    server.serve(
        "/images/short.png",
        exchange -> {
          asked.incrementAndGet();
          exchange.sendResponseHeaders(200, 1000);
          exchange.getResponseBody().write(IMAGE);
          exchange.getResponseBody().flush();
          throw new IOException("the connection breaks");
        });
    FetchOutcome outcome = fetch(one("/images/short.png"));
    assertThat(outcome.reason()).isEqualTo(RejectionReason.CLAIM_FAILED);
    assertThat(outcome.attempts()).isEqualTo(3);
    assertThat(asked).hasValue(3);
  }

  @Test
  void asksAgainWhereThatMayHelp() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    server.serve(
        "/images/soon.png",
        exchange ->
            (asked.incrementAndGet() < 3 ? TlsServer.answering(503) : TlsServer.answering(IMAGE))
                .handle(exchange));
    server.serve("/images/never.png", TlsServer.answering(503));
    server.serve("/images/gone.png", TlsServer.answering(404));
    FetchOutcome soon = fetch(one("/images/soon.png"));
    assertThat(soon.bytes()).isEqualTo(IMAGE);
    assertThat(soon.attempts()).isEqualTo(3);
    FetchOutcome never = fetch(one("/images/never.png"));
    assertThat(never.detail()).isEqualTo("HTTP status 503");
    assertThat(never.attempts()).isEqualTo(3);
    assertThat(fetch(one("/images/gone.png")).attempts()).isEqualTo(1);
  }

  @Test
  void endsWhatDripsAtTheTimeLimit() throws Exception {
    server.serve(
        "/images/drip.png",
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          try {
            while (!end.await(100, TimeUnit.MILLISECONDS)) {
              exchange.getResponseBody().write('x');
              exchange.getResponseBody().flush();
            }
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    long begin = System.nanoTime();
    FetchOutcome outcome = fetch(fetches(true, HERE, LIMIT), one("/images/drip.png"));
    assertThat(outcome.reason()).isEqualTo(RejectionReason.CLAIM_FAILED);
    assertThat(outcome.detail()).contains("2000 ms");
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThanOrEqualTo(LIMIT);
  }

  @Test
  void aHostThatHangsTakesNoPlaceOfAnother() throws Exception {
    CountDownLatch asked = new CountDownLatch(2);
    server.serve(
        "/images/hang.png",
        exchange -> {
          asked.countDown();
          try {
            end.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    server.serve("/images/a.png", TlsServer.answering(IMAGE));
    ClaimFetches fetches = fetches(true, HERE, Duration.ofSeconds(6));
    BlockingQueue<ClaimFetch> hanging = new LinkedBlockingQueue<>();
    for (int i = 0; i < 3; i++) {
      fetches.fetch(server.url("other.test", "/images/hang.png"), hanging::add);
    }
    assertThat(asked.await(60, TimeUnit.SECONDS)).isTrue();
    for (int i = 0; i < 10; i++) {
      assertThat(fetch(fetches, one("/images/a.png")).bytes()).isEqualTo(IMAGE);
    }
    for (int i = 0; i < 3; i++) {
      ClaimFetch fetch = hanging.poll(60, TimeUnit.SECONDS);
      assertThat(fetch).as("each hanging one ends, the last in its turn").isNotNull();
      assertThat(fetch.take().reason()).isEqualTo(RejectionReason.CLAIM_FAILED);
    }
  }

  @Test
  void holdsNoMoreImagesThanItsPlaces() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    server.serve(
        "/images/a.png",
        exchange -> {
          asked.incrementAndGet();
          TlsServer.answering(IMAGE).handle(exchange);
        });
    ClaimFetches fetches = fetches(true, HERE);
    List<ClaimFetch> all = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      all.add(fetches.fetch(one("/images/a.png"), done::add));
    }
    ClaimFetch first = done.poll(60, TimeUnit.SECONDS);
    ClaimFetch second = done.poll(60, TimeUnit.SECONDS);
    assertThat(asked).as("two places, and neither image was taken").hasValue(2);
    assertThat(done).isEmpty();
    first.take();
    second.cancel();
    all.get(5).cancel();
    for (int i = 0; i < 3; i++) {
      assertThat(next().bytes()).isEqualTo(IMAGE);
    }
    assertThat(asked).hasValue(5);
  }
}
