package io.millrace.log;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.UnsafeByteOperations;
import io.millrace.frame.Frame;
import io.millrace.log.wire.Wire;
import io.millrace.model.BadInput;
import io.millrace.model.Operation;
import io.millrace.model.Operation.PointVectors;
import io.millrace.model.Operation.Precondition;
import io.millrace.model.PayloadBytes;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.StreamSpan;
import io.millrace.model.VectorValue;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// An entry and its bytes (`log.proto`); filters are [FilterCodec]'s. The same entry has the same
/// bytes in every process.
///
/// ```
/// body   offset  bytes                     all little-endian, each value behind its protobuf tag
/// head        0  09, u64  first sequence
///             9  11, u64  forced bytes of the file when the frame was written
///            18  19, i64  time in milliseconds
///            27  25, u32  operations
/// rest       32  positions, operations
/// ```
final class EntryCodec {
  static final int HEAD_BYTES = 32;

  /// Index of the forced bytes in a frame.
  static final int FORCED_AT = Frame.HEAD_BYTES + 10;

  private static final int SEQUENCE_AT = 1;
  private static final int FORCED_IN_BODY_AT = 10;
  private static final int TIME_AT = 19;
  private static final int COUNT_AT = 28;

  private EntryCodec() {}

  /// What stands at fixed places of a body.
  record Head(long firstSequence, long forcedBytes, long timeMillis, int operations) {}

  /// A frame that is not yet numbered and sealed.
  static byte[] encode(List<Operation> operations, List<StreamSpan> positions) {
    Wire.Entry.Builder rest = Wire.Entry.newBuilder();
    for (StreamSpan span : positions) {
      rest.addPositions(
          Wire.Span.newBuilder()
              .setSource(Wtf8.encode(span.source()))
              .setEpoch(span.epoch())
              .setStream(Wtf8.encode(span.stream()))
              .setFirst(span.first())
              .setLast(span.last())
              .setLeaderEpoch(span.leaderEpoch()));
    }
    for (Operation operation : operations) {
      rest.addOperations(encode(operation));
    }
    Wire.Entry entry = rest.build();
    int restBytes = entry.getSerializedSize();
    if (restBytes < 0 || restBytes > Frame.MAX_BODY_BYTES - HEAD_BYTES) {
      throw new BadInput(
          BadInput.Kind.BAD_REQUEST,
          BadInput.Rule.TOO_LARGE,
          "The batch takes more than %d bytes of log; send it in parts"
              .formatted(Frame.MAX_BODY_BYTES));
    }
    byte[] frame = new byte[Frame.HEAD_BYTES + HEAD_BYTES + restBytes];
    int body = Frame.HEAD_BYTES;
    frame[body + SEQUENCE_AT - 1] = 1 << 3 | 1;
    frame[body + FORCED_IN_BODY_AT - 1] = 2 << 3 | 1;
    frame[body + TIME_AT - 1] = 3 << 3 | 1;
    frame[body + COUNT_AT - 1] = 4 << 3 | 5;
    for (int i = 0; i < 4; i++) {
      frame[body + COUNT_AT + i] = (byte) (operations.size() >>> 8 * i);
    }
    try {
      CodedOutputStream out = CodedOutputStream.newInstance(frame, body + HEAD_BYTES, restBytes);
      entry.writeTo(out);
      out.checkNoSpaceLeft();
    } catch (IOException e) {
      throw new AssertionError("an array took fewer bytes than were counted", e);
    }
    return frame;
  }

  static void number(byte[] bytes, int body, long firstSequence, long timeMillis) {
    Frame.putLong(bytes, body + SEQUENCE_AT, firstSequence);
    Frame.putLong(bytes, body + TIME_AT, timeMillis);
  }

  /// Empty when these bytes are not the head of a body.
  static Optional<Head> head(byte[] bytes, int body, int n) {
    if (n < HEAD_BYTES
        || bytes[body + SEQUENCE_AT - 1] != (1 << 3 | 1)
        || bytes[body + FORCED_IN_BODY_AT - 1] != (2 << 3 | 1)
        || bytes[body + TIME_AT - 1] != (3 << 3 | 1)
        || bytes[body + COUNT_AT - 1] != (4 << 3 | 5)) {
      return Optional.empty();
    }
    int count = (int) (Frame.getLong(bytes, body + COUNT_AT - 4) >>> 32);
    if (count < 0) {
      return Optional.empty();
    }
    return Optional.of(
        new Head(
            Frame.getLong(bytes, body + SEQUENCE_AT),
            Frame.getLong(bytes, body + FORCED_IN_BODY_AT),
            Frame.getLong(bytes, body + TIME_AT),
            count));
  }

  /// Throws [IOException] or [IllegalArgumentException] for bytes that [#encode] does not make.
  static LogEntry decode(byte[] bytes, int body, int n) throws IOException {
    CodedInputStream in = CodedInputStream.newInstance(bytes, body, n);
    in.enableAliasing(true); // What is kept of the array is copied below.
    in.setRecursionLimit(FilterCodec.MAX_MESSAGE_DEPTH);
    Wire.Entry entry = Wire.Entry.parseFrom(in);
    if (entry.getOperationCount() != entry.getOperationsCount()) {
      throw new IllegalArgumentException(
          "an entry of %d operations that says %d"
              .formatted(entry.getOperationsCount(), entry.getOperationCount()));
    }
    List<StreamSpan> positions = new ArrayList<>(entry.getPositionsCount());
    for (Wire.Span span : entry.getPositionsList()) {
      positions.add(
          new StreamSpan(
              Wtf8.decode(span.getSource()),
              span.getEpoch(),
              Wtf8.decode(span.getStream()),
              span.getFirst(),
              span.getLast(),
              span.getLeaderEpoch()));
    }
    List<Operation> operations = new ArrayList<>(entry.getOperationsCount());
    for (Wire.Operation operation : entry.getOperationsList()) {
      operations.add(decode(operation));
    }
    return new LogEntry(entry.getFirstSequence(), operations, positions, entry.getTimeMillis());
  }

  private static Wire.Operation encode(Operation operation) {
    Wire.Operation.Builder b = Wire.Operation.newBuilder();
    switch (operation) {
      case Operation.Upsert(List<Point> points, Precondition precondition) -> {
        Wire.Upsert.Builder upsert = Wire.Upsert.newBuilder();
        for (Point point : points) {
          Wire.Point.Builder wire = Wire.Point.newBuilder().setId(encode(point.id()));
          wire.setPayload(UnsafeByteOperations.unsafeWrap(point.payload().utf8()));
          addVectors(wire, point.vectors());
          upsert.addPoints(wire);
        }
        precondition(precondition).ifPresent(upsert::setPrecondition);
        b.setUpsert(upsert);
      }
      case Operation.Delete(var which) -> b.setDelete(FilterCodec.encode(which));
      case Operation.SetPayload(var which, var patch, var key) -> {
        Wire.SetPayload.Builder set = Wire.SetPayload.newBuilder();
        set.setWhich(FilterCodec.encode(which)).setPatch(encode(patch));
        key.ifPresent(path -> set.setKey(FilterCodec.encode(path)));
        b.setSetPayload(set);
      }
      case Operation.OverwritePayload(var which, var payload) ->
          b.setOverwritePayload(
              Wire.OverwritePayload.newBuilder()
                  .setWhich(FilterCodec.encode(which))
                  .setPayload(encode(payload)));
      case Operation.DeletePayload(var which, var keys) -> {
        Wire.DeletePayload.Builder delete = Wire.DeletePayload.newBuilder();
        delete.setWhich(FilterCodec.encode(which));
        keys.forEach(key -> delete.addKeys(FilterCodec.encode(key)));
        b.setDeletePayload(delete);
      }
      case Operation.ClearPayload(var which) -> b.setClearPayload(FilterCodec.encode(which));
      case Operation.UpdateVectors(List<PointVectors> points, Precondition precondition) -> {
        Wire.UpdateVectors.Builder update = Wire.UpdateVectors.newBuilder();
        for (PointVectors point : points) {
          Wire.Point.Builder wire = Wire.Point.newBuilder().setId(encode(point.id()));
          addVectors(wire, point.vectors());
          update.addPoints(wire);
        }
        precondition(precondition).ifPresent(update::setPrecondition);
        b.setUpdateVectors(update);
      }
      case Operation.DeleteVectors(var which, var names) -> {
        Wire.DeleteVectors.Builder delete = Wire.DeleteVectors.newBuilder();
        delete.setWhich(FilterCodec.encode(which));
        names.forEach(name -> delete.addNames(Wtf8.encode(name)));
        b.setDeleteVectors(delete);
      }
      case Operation.Versioned(Operation inner, long version) -> {
        return encode(inner).toBuilder().setVersion(version).build();
      }
    }
    return b.build();
  }

  private static Operation decode(Wire.Operation o) {
    Operation plain = decodePlain(o);
    return o.hasVersion() ? new Operation.Versioned(plain, o.getVersion()) : plain;
  }

  private static Operation decodePlain(Wire.Operation o) {
    return switch (o.getKindCase()) {
      case UPSERT -> {
        List<Point> points = new ArrayList<>(o.getUpsert().getPointsCount());
        for (Wire.Point point : o.getUpsert().getPointsList()) {
          points.add(new Point(id(point.getId()), vectors(point), payload(point.getPayload())));
        }
        yield new Operation.Upsert(
            points, precondition(o.getUpsert().hasPrecondition(), o.getUpsert().getPrecondition()));
      }
      case DELETE -> new Operation.Delete(FilterCodec.decode(o.getDelete()));
      case SET_PAYLOAD ->
          new Operation.SetPayload(
              FilterCodec.decode(o.getSetPayload().getWhich()),
              payload(o.getSetPayload().getPatch()),
              o.getSetPayload().hasKey()
                  ? Optional.of(FilterCodec.decode(o.getSetPayload().getKey()))
                  : Optional.empty());
      case OVERWRITE_PAYLOAD ->
          new Operation.OverwritePayload(
              FilterCodec.decode(o.getOverwritePayload().getWhich()),
              payload(o.getOverwritePayload().getPayload()));
      case DELETE_PAYLOAD ->
          new Operation.DeletePayload(
              FilterCodec.decode(o.getDeletePayload().getWhich()),
              o.getDeletePayload().getKeysList().stream().map(FilterCodec::decode).toList());
      case CLEAR_PAYLOAD -> new Operation.ClearPayload(FilterCodec.decode(o.getClearPayload()));
      case UPDATE_VECTORS -> {
        List<PointVectors> points = new ArrayList<>(o.getUpdateVectors().getPointsCount());
        for (Wire.Point point : o.getUpdateVectors().getPointsList()) {
          points.add(new PointVectors(id(point.getId()), vectors(point)));
        }
        yield new Operation.UpdateVectors(
            points,
            precondition(
                o.getUpdateVectors().hasPrecondition(), o.getUpdateVectors().getPrecondition()));
      }
      case DELETE_VECTORS ->
          new Operation.DeleteVectors(
              FilterCodec.decode(o.getDeleteVectors().getWhich()),
              o.getDeleteVectors().getNamesList().stream().map(Wtf8::decode).toList());
      case KIND_NOT_SET -> throw new IllegalArgumentException("an operation of no known kind");
    };
  }

  private static Optional<Wire.Precondition> precondition(Precondition precondition) {
    if (precondition.equals(Precondition.NONE)) {
      return Optional.empty();
    }
    Wire.Precondition.Builder b = Wire.Precondition.newBuilder();
    b.setMode(
        switch (precondition.mode()) {
          case UPSERT -> Wire.Precondition.Mode.UPSERT;
          case INSERT_ONLY -> Wire.Precondition.Mode.INSERT_ONLY;
          case UPDATE_ONLY -> Wire.Precondition.Mode.UPDATE_ONLY;
        });
    precondition.filter().ifPresent(filter -> b.setFilter(FilterCodec.encode(filter)));
    return Optional.of(b.build());
  }

  private static Precondition precondition(boolean present, Wire.Precondition wire) {
    if (!present) {
      return Precondition.NONE;
    }
    Precondition.Mode mode =
        switch (wire.getMode()) {
          case UPSERT -> Precondition.Mode.UPSERT;
          case INSERT_ONLY -> Precondition.Mode.INSERT_ONLY;
          case UPDATE_ONLY -> Precondition.Mode.UPDATE_ONLY;
          case UNRECOGNIZED ->
              throw new IllegalArgumentException("a precondition of no known mode");
        };
    return new Precondition(
        mode,
        wire.hasFilter() ? Optional.of(FilterCodec.decode(wire.getFilter())) : Optional.empty());
  }

  private static ByteString encode(PayloadBytes payload) {
    return UnsafeByteOperations.unsafeWrap(payload.utf8());
  }

  private static PayloadBytes payload(ByteString bytes) {
    return new PayloadBytes(bytes.toByteArray());
  }

  static ByteString encode(PointId id) {
    return UnsafeByteOperations.unsafeWrap(id.bytes());
  }

  static PointId id(ByteString bytes) {
    byte[] id = bytes.toByteArray();
    if (id.length == 0) {
      throw new IllegalArgumentException("a point without an id");
    }
    return PointId.fromBytes(id, 0, id.length);
  }

  private static void addVectors(Wire.Point.Builder point, Map<String, VectorValue> vectors) {
    Map<String, VectorValue> sorted = vectors.size() < 2 ? vectors : new TreeMap<>(vectors);
    for (Map.Entry<String, VectorValue> vector : sorted.entrySet()) {
      Wire.NamedVector.Builder b = Wire.NamedVector.newBuilder();
      if (!vector.getKey().isEmpty()) {
        b.setName(Wtf8.encode(vector.getKey()));
      }
      switch (vector.getValue()) {
        case VectorValue.Dense dense -> b.setDense(encode(dense.values()));
        case VectorValue.Sparse sparse ->
            b.setSparse(
                Wire.Sparse.newBuilder()
                    .setIndices(encode(sparse.indices()))
                    .setValues(encode(sparse.values())));
        case VectorValue.Multi multi ->
            b.setMulti(
                Wire.Multi.newBuilder()
                    .setDimension(multi.dimension())
                    .setRows(encode(multi.rows())));
      }
      point.addVectors(b);
    }
  }

  private static Map<String, VectorValue> vectors(Wire.Point point) {
    if (point.getVectorsCount() == 1) {
      Wire.NamedVector only = point.getVectors(0);
      return Map.of(Wtf8.decode(only.getName()), vector(only));
    }
    Map<String, VectorValue> vectors = new TreeMap<>();
    for (Wire.NamedVector vector : point.getVectorsList()) {
      vectors.put(Wtf8.decode(vector.getName()), vector(vector));
    }
    return vectors;
  }

  private static VectorValue vector(Wire.NamedVector v) {
    return switch (v.getKindCase()) {
      case DENSE -> new VectorValue.Dense(floats(v.getDense()));
      case SPARSE -> {
        ByteString bytes = v.getSparse().getIndices();
        int[] indices = new int[words(bytes)];
        littleEndian(bytes).asIntBuffer().get(indices);
        yield new VectorValue.Sparse(indices, floats(v.getSparse().getValues()));
      }
      case MULTI ->
          new VectorValue.Multi(v.getMulti().getDimension(), floats(v.getMulti().getRows()));
      case KIND_NOT_SET -> throw new IllegalArgumentException("a vector of no known kind");
    };
  }

  private static ByteString encode(float[] values) {
    byte[] bytes = new byte[4 * values.length];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values);
    return UnsafeByteOperations.unsafeWrap(bytes);
  }

  private static ByteString encode(int[] values) {
    byte[] bytes = new byte[4 * values.length];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().put(values);
    return UnsafeByteOperations.unsafeWrap(bytes);
  }

  private static float[] floats(ByteString bytes) {
    float[] values = new float[words(bytes)];
    littleEndian(bytes).asFloatBuffer().get(values);
    return values;
  }

  private static int words(ByteString bytes) {
    if (bytes.size() % 4 != 0) {
      throw new IllegalArgumentException(bytes.size() + " bytes where words of 4 should be");
    }
    return bytes.size() / 4;
  }

  private static ByteBuffer littleEndian(ByteString bytes) {
    return bytes.asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }
}
