package dev.keyhold.http;

import dev.keyhold.audit.AuditEntry;
import dev.keyhold.error.Blocking;
import dev.keyhold.error.GatewayError;
import dev.keyhold.error.KmsException;
import dev.keyhold.error.Throttle;
import io.netty.channel.EventLoop;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One request from its head to its answer: limits, route, body, then the [Dispatcher]. Nothing of
/// a body is looked at before the caller is known.
///
/// Everything but [#run] happens on the connection's event loop.
final class Call implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(Call.class);
  private static final Throttle LATE = new Throttle(System::nanoTime);
  private static final byte[] NOTHING = {};

  /// How long an answer waits for its audit record to be durable; with a tick less than two
  /// seconds.
  private static final Duration AUDIT_PATIENCE = Duration.ofMillis(1500);

  private final Edge edge;
  private final EdgeLoop loop;

  private @Nullable Body body; // that is not whole yet

  private final ConnectionGuard guard;
  private final String remoteAddress;
  private final HttpServerRequest request;
  private final Reply reply;
  private final String requestId;
  private ErrorShape errors = ErrorShape.KMS;
  private RouteTable.@Nullable Found found;
  private @Nullable Exchange exchange;
  private boolean answered;

  // The answer, while its audit record is not durable.
  private @Nullable Answer heldAnswer;
  private @Nullable Buffer heldContent;

  Call(Conversation conversation, HttpServerRequest request) {
    this.edge = conversation.edge;
    this.loop = conversation.loop;
    this.guard = conversation.guard;
    this.remoteAddress = conversation.sourceOf(request);
    this.request = request;
    this.requestId = edge.requestIds.next();
    this.reply = new Reply(edge, loop, guard, request, requestId, remoteAddress);
  }

  void begin() {
    try {
      var target = Target.parse(request.uri());
      switch (edge.table.match(request.method().name(), target.path())) {
        case RouteTable.Found it -> {
          found = it;
          errors = it.route().errors();
          receive(it, target);
        }
        case RouteTable.Refused refused -> {
          errors = refused.errors();
          if (hasBody()) {
            refuseAndClose(refused.answer());
          } else {
            deliver(refused.answer());
          }
        }
      }
    } catch (KmsException.Rejected refused) { // the target has more than one reading
      refuseAndClose(Answer.refusal(refused.error(), refused.detail()));
    } catch (RuntimeException bug) {
      refuseAndClose(ErrorRenderer.render(bug, requestId));
    }
  }

  private boolean hasBody() {
    return isChunked() || declaredLength() > 0;
  }

  private boolean isChunked() {
    return request.headers().contains(HttpHeaders.TRANSFER_ENCODING);
  }

  /// The decoder has seen to it that there is at most one, and that it is a number.
  private long declaredLength() {
    String length = request.headers().get(HttpHeaders.CONTENT_LENGTH);
    return length == null ? 0 : Long.parseLong(length);
  }

  private void receive(RouteTable.Found it, Target target) {
    Route route = it.route();
    long declared = declaredLength();
    if (declared > route.bodyLimitBytes()) {
      refuseTooLarge();
      return;
    }
    if (declared == 0 && !isChunked()) {
      dispatch(it, target, NOTHING);
      return;
    }
    if (!agreeToSend()) {
      return;
    }
    var arriving = new Body(route.bodyLimitBytes());
    body = arriving;
    request.handler(piece -> take(piece, arriving));
    request.endHandler(_ -> {
      guard.bodyEnds();
      if (!answered) {
        body = null; // from here the exchange wipes it
        dispatch(it, target, arriving.whole());
      }
    });
    request.exceptionHandler(this::bodyIsBroken);
    guard.awaitBody(this, edge.limits.ticks(route.deadline()));
  }

  private void take(Buffer piece, Body arriving) {
    if (answered) {
      Body.wipe(piece);
      return;
    }
    if (!guard.bodyArrives(piece.length())) {
      Body.wipe(piece);
    } else if (!arriving.add(piece)) {
      refuseTooLarge();
    }
  }

  private boolean agreeToSend() {
    String expected = request.headers().get(HttpHeaders.EXPECT);
    if (expected == null) {
      return true;
    }
    boolean known =
        expected.equalsIgnoreCase("100-continue") && request.version() == HttpVersion.HTTP_1_1;
    if (known) {
      request.response().writeContinue();
    } else {
      refuseAndClose(badRequest("The expectation is not known."));
    }
    return known;
  }

  private void forgetBody() {
    guard.bodyEnds();
    Body mine = body;
    body = null;
    if (mine != null) {
      mine.wipe();
    }
  }

  private void bodyIsBroken(Throwable cause) {
    forgetBody();
    if (answered) {
      return;
    }
    if (cause instanceof HttpClosedException) {
      answered = true; // nobody is there to be answered
    } else {
      refuseAndClose(badRequest("The chunks of the body are malformed."));
    }
  }

  void bodyFindsNoRoom() {
    refuseAndClose(ErrorRenderer.unavailable());
  }

  void bodyIsLate() {
    refuseAndClose(
        Answer.refusal(GatewayError.REQUEST_TIMEOUT, GatewayError.REQUEST_TIMEOUT.meaning()));
  }

  /// The call goes on, since nothing can stop it in the middle; whatever it comes to is not heard.
  void answerIsLate() {
    if (heldContent == null) {
      LATE.pass()
          .ifPresent(untold ->
              LOG.warn(
                  "request {} is answered 503 before its work has ended, and {} before it: {}",
                  requestId,
                  untold,
                  found == null ? "" : found.route()));
    } else {
      LOG.debug("the audit record of request {} is not durable in time", requestId);
      forgetHeld();
    }
    deliver(ErrorRenderer.unavailable());
  }

  private void dispatch(RouteTable.Found it, Target target, byte[] body) {
    Route route = it.route();
    var head = new Head(request.method().name(), target, request.headers(), remoteAddress);
    Optional<AuditEntry> entry = edge.dispatcher.record(it, requestId, remoteAddress);
    exchange = new Exchange(it, requestId, head, body, entry);
    if (entry.isPresent() && !edge.dispatcher.canRecord()) {
      Arrays.fill(body, (byte) 0);
      deliver(ErrorRenderer.unavailable());
      return;
    }
    guard.awaitAnswer(this, edge.limits.ticks(route.deadline()));
    edge.dispatcher.dispatch(this);
  }

  /// On the event loop, or on a virtual thread.
  @Override
  public void run() {
    Exchange mine = exchange;
    if (mine == null) {
      throw new IllegalStateException("not dispatched");
    }
    Answer plain;
    Answer answer;
    Buffer content;
    try {
      plain = edge.dispatcher.perform(mine.route(), mine);
      answer = shaped(plain);
      content = answer.encode();
    } catch (Throwable failure) {
      boolean wouldBlock = failure instanceof Blocking.WouldBlock;
      if (wouldBlock && edge.dispatcher.onVirtualThread(mine, this)) {
        return;
      }
      plain = wouldBlock ? ErrorRenderer.unavailable() : ErrorRenderer.render(failure, requestId);
      answer = shaped(plain);
      content = answer.encode();
    }
    mine.ended(plain);
    Arrays.fill(mine.body(), (byte) 0);
    handOver(mine, answer, content);
  }

  /// To the event loop, which alone writes.
  private void handOver(Exchange mine, Answer answer, Buffer content) {
    EventLoop thread = guard.eventLoop();
    if (thread.inEventLoop()) {
      conclude(mine, answer, content);
      return;
    }
    try {
      thread.execute(() -> conclude(mine, answer, content));
    } catch (RejectedExecutionException _) {
      answer.wipe(content);
      LOG.debug("request {} outlived the server", requestId);
    }
  }

  /// Holds the answer back until its record is durable, without holding up the thread.
  private void conclude(Exchange mine, Answer answer, Buffer content) {
    AuditEntry entry = mine.entry();
    if (entry == null || !entry.isOwed()) {
      deliver(answer, content);
      return;
    }
    heldAnswer = answer;
    heldContent = content;
    if (answered) {
      forgetHeld(); // it was late: nobody hears it, but it has happened
    } else {
      guard.awaitAnswer(this, edge.limits.ticks(AUDIT_PATIENCE));
    }
    if (!edge.dispatcher.append(entry, loop.lane(guard.eventLoop()), this::recorded)) {
      recorded(false);
    }
  }

  private void recorded(boolean durable) {
    Answer answer = heldAnswer;
    Buffer content = heldContent;
    if (answered || answer == null || content == null) {
      forgetHeld();
    } else if (durable) {
      heldAnswer = null;
      heldContent = null;
      deliver(answer, content);
    } else {
      forgetHeld();
      deliver(ErrorRenderer.unavailable());
    }
  }

  /// Secrets in an answer that is not to be given are wiped.
  private void forgetHeld() {
    Answer answer = heldAnswer;
    Buffer content = heldContent;
    heldAnswer = null;
    heldContent = null;
    if (answer != null && content != null) {
      answer.wipe(content);
    }
  }

  private Answer shaped(Answer answer) {
    return ErrorRenderer.shaped(answer, errors, requestId);
  }

  private void deliver(Answer answer) {
    Answer shaped = shaped(answer);
    deliver(shaped, shaped.encode());
  }

  private void deliver(Answer answer, Buffer content) {
    if (answered || guard.isEnding()) {
      answer.wipe(content);
      return;
    }
    answered = true;
    reply.send(answer, content, errors);
  }

  private void refuseTooLarge() {
    GatewayError error = GatewayError.BODY_TOO_LARGE;
    String limit =
        found == null ? "" : " The limit is " + found.route().bodyLimitBytes() + " bytes.";
    refuseAndClose(Answer.refusal(error, error.meaning() + limit));
  }

  private static Answer badRequest(String detail) {
    return Answer.refusal(
        GatewayError.BAD_REQUEST, GatewayError.BAD_REQUEST.meaning() + " " + detail);
  }

  /// For a request whose rest is not going to be read.
  void refuseAndClose(Answer refusal) {
    forgetBody();
    answered = true;
    Answer answer = shaped(refusal);
    reply.sendLast(answer, answer.encode(), errors);
  }
}
