package io.millrace.ingest.claim;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.stream.Stream;

/** A range of addresses, IPv4 or IPv6, as 10.0.0.0/8 writes it. */
record Network(byte[] address, int bits) {
  static List<Network> all(String... texts) {
    return Stream.of(texts).map(Network::of).toList();
  }

  static Network of(String text) {
    int slash = text.indexOf('/');
    try {
      // A literal: nothing is looked up.
      return new Network(
          InetAddress.getByName(text.substring(0, slash)).getAddress(),
          Integer.parseInt(text.substring(slash + 1)));
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(text + " is no network", e);
    }
  }

  boolean has(InetAddress other) {
    byte[] theirs = other.getAddress();
    int rest = address.length * 8 - bits;
    return theirs.length == address.length
        && new BigInteger(1, theirs)
            .shiftRight(rest)
            .equals(new BigInteger(1, address).shiftRight(rest));
  }
}
