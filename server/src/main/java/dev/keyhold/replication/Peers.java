package dev.keyhold.replication;

import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.replication.Channel.Leg;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import javax.net.ssl.SSLContext;

/// The other regions, to be called.
public final class Peers implements AutoCloseable {
  /// Where every region takes messages.
  public static final String PATH = "/internal/v1/replication";

  public static final String FROM = "X-Keyhold-From";
  public static final String TO = "X-Keyhold-To";
  public static final String DATE = "X-Keyhold-Date";

  static final Duration CONNECT_TIME = Duration.ofSeconds(3);
  static final Duration ANSWER_TIME = Duration.ofSeconds(10);
  private static final int MOST_ANSWER_BYTES = 16 * 1024;

  private final String region;
  private final SortedMap<String, URI> urls;
  private final Optional<Channel> channel;
  private final Optional<HttpClient> http;
  private final InstantSource clock;

  private Peers(
      String region,
      SortedMap<String, URI> urls,
      Optional<Channel> channel,
      Optional<HttpClient> http,
      InstantSource clock) {
    this.region = region;
    this.urls = new TreeMap<>(urls);
    this.channel = channel;
    this.http = http;
    this.clock = clock;
  }

  /// A deployment without others.
  public static Peers none(String region) {
    return new Peers(
        region, new TreeMap<>(), Optional.empty(), Optional.empty(), InstantSource.system());
  }

  /// @param region this one
  /// @param urls the others, by region
  /// @param trust for TLS; empty for the JDK's
  public static Peers of(
      String region,
      SortedMap<String, URI> urls,
      Channel channel,
      Optional<SSLContext> trust,
      InstantSource clock) {
    var http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(CONNECT_TIME);
    trust.ifPresent(http::sslContext);
    return new Peers(region, urls, Optional.of(channel), Optional.of(http.build()), clock);
  }

  /// This region.
  public String region() {
    return region;
  }

  /// The other regions.
  public SortedSet<String> regions() {
    return new TreeSet<>(urls.keySet());
  }

  boolean isPeer(String name) {
    return urls.containsKey(name);
  }

  /// Sends a message and waits for the reply.
  Reply call(String peer, Message message) throws PeerUnreachable {
    var leg = new Leg(region, peer, clock.millis());
    try (KeyMaterial encoded = Codec.encode(message)) {
      byte[] request = channel.orElseThrow().sealRequest(leg, encoded);
      HttpResponse<byte[]> answer = send(peer, leg, request);
      if (answer.statusCode() != 200) {
        throw new PeerUnreachable(
            "status "
                + answer.statusCode()
                + "; are secret, region names and clocks the same in both regions?",
            false);
      }
      try (KeyMaterial reply =
          channel
              .orElseThrow()
              .openAnswer(leg, request, answer.body())
              .orElseThrow(() -> new PeerUnreachable("an answer that is not the peer's", false))) {
        return reply.lend(Codec::decodeReply);
      } catch (IllegalArgumentException _) {
        throw new PeerUnreachable("an answer of another Keyhold version", false);
      }
    }
  }

  private HttpResponse<byte[]> send(String peer, Leg leg, byte[] request) throws PeerUnreachable {
    var post =
        HttpRequest.newBuilder(URI.create(urls.get(peer) + PATH))
            .timeout(ANSWER_TIME)
            .header("Content-Type", "application/octet-stream")
            .header(FROM, leg.from())
            .header(TO, leg.to())
            .header(DATE, Long.toString(leg.millis()))
            .POST(BodyPublishers.ofByteArray(request))
            .build();
    try {
      return http.orElseThrow()
          .send(post, BodyHandlers.limiting(BodyHandlers.ofByteArray(), MOST_ANSWER_BYTES));
    } catch (IOException failure) {
      throw new PeerUnreachable(failure.toString(), failure instanceof ConnectException);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new PeerUnreachable("interrupted", false);
    }
  }

  @Override
  public void close() {
    http.ifPresent(HttpClient::shutdownNow);
    channel.ifPresent(Channel::close);
  }
}
