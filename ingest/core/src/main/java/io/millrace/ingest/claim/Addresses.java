package io.millrace.ingest.claim;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import org.apache.hc.client5.http.DnsResolver;

/**
 * Resolves the hosts of claims and hands on only addresses that may be asked. The client connects
 * to the very addresses that this returns, so a name that points elsewhere a moment later (DNS
 * rebinding) gains nothing.
 */
final class Addresses implements DnsResolver {
  /** Thrown where a name has an address that may not be asked. */
  static final class RefusedException extends UnknownHostException {
    private static final long serialVersionUID = 1L;

    RefusedException(String message) {
      super(message);
    }
  }

  /** This machine and networks of one's own: RFC 1918, 4193, 6598. */
  private static final List<Network> PRIVATE =
      Network.all(
          "127.0.0.0/8",
          "10.0.0.0/8",
          "172.16.0.0/12",
          "192.168.0.0/16",
          "100.64.0.0/10",
          "::1/128",
          "fc00::/7");

  /** By IANA's registries of special addresses; two of clouds' metadata lie in private networks. */
  private static final List<Network> NEVER =
      Network.all(
          "0.0.0.0/8",
          "169.254.0.0/16",
          "192.0.0.0/24",
          "192.0.2.0/24",
          "192.88.99.0/24",
          "198.18.0.0/15",
          "198.51.100.0/24",
          "203.0.113.0/24",
          "224.0.0.0/3",
          "100.100.100.200/32",
          "fd00:ec2::/32",
          "2001::/23",
          "2001:db8::/32",
          "2002::/16",
          "3fff::/20");

  private static final Network GLOBAL_V6 = Network.of("2000::/3");
  private static final Network TRANSLATED = Network.of("64:ff9b::/96"); // NAT64

  private final DnsResolver names;
  private final boolean privateOnes;

  /**
   * @param names resolves
   * @param privateOnes whether addresses of this machine and of private networks may be asked
   */
  Addresses(DnsResolver names, boolean privateOnes) {
    this.names = names;
    this.privateOnes = privateOnes;
  }

  @Override
  public InetAddress[] resolve(String host) throws UnknownHostException {
    InetAddress[] found = names.resolve(host);
    for (InetAddress address : found) {
      if (!allowed(address)) {
        throw new RefusedException(
            "%s has the address %s: expected a public one%s"
                .formatted(
                    host,
                    address.getHostAddress(),
                    privateOnes ? " or one of a private network" : ""));
      }
    }
    return found;
  }

  private boolean allowed(InetAddress address) throws UnknownHostException {
    if (TRANSLATED.has(address)) {
      return allowed(InetAddress.getByAddress(Arrays.copyOfRange(address.getAddress(), 12, 16)));
    }
    if (NEVER.stream().anyMatch(n -> n.has(address))) {
      return false;
    }
    if (PRIVATE.stream().anyMatch(n -> n.has(address))) {
      return privateOnes;
    }
    return address instanceof Inet4Address || GLOBAL_V6.has(address);
  }

  @Override
  public String resolveCanonicalHostname(String host) throws UnknownHostException {
    return names.resolveCanonicalHostname(host);
  }
}
