package dev.keyhold.http;

import io.netty.channel.Channel;
import java.util.LinkedHashSet;
import java.util.SequencedSet;

/// The TLS connections that have not shaken hands yet. Each holds an engine and what it has
/// buffered, for somebody who has shown nothing so far, so there is a most. An honest client is
/// done within milliseconds: when there are too many, the oldest goes, and not the newcomer.
final class Handshakes {
  private final int most;
  private final SequencedSet<Channel> open = new LinkedHashSet<>();

  Handshakes(int most) {
    this.most = most;
  }

  /// To be followed by [#end], when it is done or its connection is closed.
  @SuppressWarnings("FutureReturnValueIgnored") // of a close: there is nothing to do after it
  synchronized void begin(Channel channel) {
    open.add(channel);
    if (open.size() > most) {
      open.removeFirst().close();
    }
  }

  synchronized void end(Channel channel) {
    open.remove(channel);
  }
}
