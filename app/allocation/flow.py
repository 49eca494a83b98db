"""Maximum flow and its smallest cut, by Dinic's algorithm (1970), in integers."""

from collections.abc import Sequence


class Network:
    """A directed network of numbered nodes; an edge and its reverse stand beside each other (2i, 2i + 1)."""

    def __init__(self, nodes: int) -> None:
        self._out: list[list[int]] = [[] for _ in range(nodes)]
        self._head: list[int] = []
        self._residual: list[int] = []

    def connect(self, tail: int, head: int, capacity: int) -> None:
        """Add an edge."""
        for start, end, room in ((tail, head, capacity), (head, tail, 0)):
            self._out[start].append(len(self._head))
            self._head.append(end)
            self._residual.append(room)

    def saturate(self, source: int, sink: int) -> tuple[int, list[bool]]:
        """The maximum flow, and for each node whether the source's side of the smallest minimum cut holds it."""
        flow = 0
        while (levels := self._levels(source))[sink] >= 0:
            following = [0] * len(self._out)
            while path := self._path(source, sink, levels, following):
                amount = min(self._residual[edge] for edge in path)
                for edge in path:
                    self._residual[edge] -= amount
                    self._residual[edge ^ 1] += amount
                flow += amount
        return flow, [level >= 0 for level in levels]

    def _levels(self, source: int) -> list[int]:
        levels = [-1] * len(self._out)
        levels[source] = 0
        queue = [source]
        for node in queue:
            for edge in self._out[node]:
                head = self._head[edge]
                if self._residual[edge] and levels[head] < 0:
                    levels[head] = levels[node] + 1
                    queue.append(head)
        return levels

    def _path(self, source: int, sink: int, levels: Sequence[int], following: list[int]) -> list[int]:
        """Edges of a path that rises one level at a time, [] where none is left; `following` is never turned back."""
        path: list[int] = []
        node = source
        while node != sink:
            edges = self._out[node]
            while following[node] < len(edges):
                edge = edges[following[node]]
                if self._residual[edge] and levels[self._head[edge]] == levels[node] + 1:
                    break
                following[node] += 1
            else:
                if not path:
                    return []
                node = self._head[path.pop() ^ 1]
                following[node] += 1
                continue
            path.append(edge)
            node = self._head[edge]
        return path
