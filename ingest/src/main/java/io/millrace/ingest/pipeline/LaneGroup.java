package io.millrace.ingest.pipeline;

import io.millrace.ingest.record.RawRecord;
import io.millrace.model.Operation;
import io.millrace.model.Operation.Precondition;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.Selection;
import java.util.ArrayList;
import java.util.List;

/// Records of one chunk that go into one collection, in their order.
final class LaneGroup {

  /// @param collection as the record calls it
  record Item(RawRecord record, String collection, List<Operation> operations) {}

  private final List<Item> items = new ArrayList<>();
  private final long position;

  /// @param position records up to here are in the collection's log
  LaneGroup(long position) {
    this.position = position;
  }

  long position() {
    return position;
  }

  void add(Item item) {
    items.add(item);
  }

  List<Item> items() {
    return items;
  }

  /// The operations of all items. Plain upserts that follow each other become one, and so do
  /// deletes of ids: of several points with one id the last wins inside an operation too.
  static List<Operation> joined(List<Item> items) {
    List<Operation> joined = new ArrayList<>();
    List<Point> points = new ArrayList<>();
    List<PointId> ids = new ArrayList<>();
    for (Item item : items) {
      for (Operation operation : item.operations()) {
        if (operation instanceof Operation.Upsert(var more, var when)
            && when.equals(Precondition.NONE)) {
          endDeletes(ids, joined);
          points.addAll(more);
        } else if (operation instanceof Operation.Delete(Selection.Ids(var more))) {
          endUpserts(points, joined);
          ids.addAll(more);
        } else {
          endUpserts(points, joined);
          endDeletes(ids, joined);
          joined.add(operation);
        }
      }
    }
    endUpserts(points, joined);
    endDeletes(ids, joined);
    return joined;
  }

  private static void endUpserts(List<Point> points, List<Operation> joined) {
    if (!points.isEmpty()) {
      joined.add(new Operation.Upsert(points));
      points.clear();
    }
  }

  private static void endDeletes(List<PointId> ids, List<Operation> joined) {
    if (!ids.isEmpty()) {
      joined.add(new Operation.Delete(new Selection.Ids(ids)));
      ids.clear();
    }
  }
}
