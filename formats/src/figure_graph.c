#include "chart.h"
#include "constants.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_WIDTHS 5

static const size_t most_edges = 600;
static const size_t most_arrows = 300;
static const double longest_name = 120.0;
static const double name_gap = 8.0; /* from a node's middle to its name */
static const double side = 500.0;
static const double loop_height = 24.0; /* of an edge to the node itself */

typedef struct graph_edge {
    double size; /* |weight| */
    size_t index;
} graph_edge;

typedef struct graph_data {
    ana_values from, to, weight, position, group;
    size_t n_nodes;
    int64_t *ids;          /* of the nodes, ascending; NULL: 0 ... n_nodes - 1 */
    double *x, *y, *angle; /* pixels; angle about the centre when on a circle */
    size_t n_places;       /* around a circle: the nodes, and a gap before each group */
    size_t *place;
    double cx, cy, radius;
    bool circular, directed;
    size_t n_edges; /* to be drawn, the strongest first */
    graph_edge *edges;
    double largest;
    ana_names names;
} graph_data;

static int compare_edges(const void *a, const void *b)
{
    const graph_edge *x = a;
    const graph_edge *y = b;
    if (x->size != y->size) {
        return x->size < y->size ? 1 : -1;
    }
    return (x->index > y->index) - (x->index < y->index);
}

static int compare_ids(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Without any list of nodes, the nodes are those that edges name. */
static ana_status collect_ids(ana_figure *figure, graph_data *graph)
{
    const size_t m = graph->from.n;
    graph->ids = ana_workspace_bytes(&figure->workspace, m, 2, sizeof *graph->ids);
    ana_status status = ana_workspace_check(&figure->workspace, "figure");
    if (status != ANA_OK) {
        return status;
    }
    for (size_t i = 0; i < m; i++) {
        graph->ids[2 * i] = graph->from.ints[i];
        graph->ids[2 * i + 1] = graph->to.ints[i];
    }
    qsort(graph->ids, 2 * m, sizeof *graph->ids, compare_ids);
    for (size_t i = 0; i < 2 * m; i++) {
        if (i == 0 || graph->ids[i] != graph->ids[i - 1]) {
            graph->ids[graph->n_nodes++] = graph->ids[i];
        }
    }
    graph->names.numbers = graph->ids;
    return ANA_OK;
}

static size_t node_of(const graph_data *graph, int64_t id)
{
    if (graph->ids == NULL) {
        return (size_t)id;
    }
    const int64_t *found =
        bsearch(&id, graph->ids, graph->n_nodes, sizeof *graph->ids, compare_ids);
    return (size_t)(found - graph->ids);
}

static ana_status rank_edges(ana_figure *figure, graph_data *graph)
{
    graph->edges = ana_workspace_bytes(&figure->workspace, graph->from.n, 1, sizeof *graph->edges);
    graph->x = ana_workspace_doubles(&figure->workspace, graph->n_nodes, 3);
    ana_status status = ana_workspace_check(&figure->workspace, "figure");
    if (status != ANA_OK) {
        return status;
    }
    graph->y = graph->x + graph->n_nodes;
    graph->angle = graph->y + graph->n_nodes;
    for (size_t i = 0; i < graph->from.n; i++) {
        double size = fabs(ana_value(&graph->weight, i));
        if (size > 0.0 && isfinite(size)) {
            graph->edges[graph->n_edges++] = (graph_edge){size, i};
        }
    }
    qsort(graph->edges, graph->n_edges, sizeof *graph->edges, compare_edges);
    graph->largest = graph->n_edges > 0 ? graph->edges[0].size : 1.0;
    return ANA_OK;
}

static ana_status read_graph(ana_figure *figure, graph_data *graph)
{
    ana_names names = ana_figure_names(figure, "labels");
    graph->from = ana_figure_values(figure, "from");
    graph->to = ana_figure_values(figure, "to");
    graph->weight = ana_figure_values(figure, "weight");
    graph->position = ana_figure_values(figure, "position");
    graph->group = ana_figure_values(figure, "group");
    graph->names = names;
    const ana_record *directed = ana_record_find(figure->group, "directed");
    graph->directed = directed != NULL && directed->type == ANA_RECORD_BOOL && directed->boolean;
    ana_status status = ANA_OK;
    if (names.node != NULL) {
        graph->n_nodes = names.node->shape[0];
    } else if (graph->position.node != NULL) {
        graph->n_nodes = graph->position.rows;
    } else if (graph->group.node != NULL) {
        graph->n_nodes = graph->group.n;
    } else {
        status = collect_ids(figure, graph);
    }
    return status == ANA_OK ? rank_edges(figure, graph) : status;
}

static bool is_placed(const graph_data *graph)
{
    for (size_t i = 0; i < graph->position.n; i++) {
        if (!isfinite(ana_value(&graph->position, i))) {
            return false;
        }
    }
    return graph->position.n > 0;
}

/* Positions as given, y upwards, the longer extent filling the box. */
static void place_given(graph_data *graph, ana_box box)
{
    ana_range x = ana_range_empty();
    ana_range y = ana_range_empty();
    for (size_t i = 0; i < graph->n_nodes; i++) {
        ana_range_add(&x, ana_value(&graph->position, 2 * i));
        ana_range_add(&y, ana_value(&graph->position, 2 * i + 1));
    }
    const double extent =
        fmax(fmax(x.high / 2.0 - x.low / 2.0, y.high / 2.0 - y.low / 2.0), 1e-300);
    const double scale = (fmin(box.width, box.height) / 2.0 - 36.0) / extent;
    for (size_t i = 0; i < graph->n_nodes; i++) {
        double dx = ana_value(&graph->position, 2 * i) - (x.low / 2.0 + x.high / 2.0);
        double dy = ana_value(&graph->position, 2 * i + 1) - (y.low / 2.0 + y.high / 2.0);
        graph->x[i] = graph->cx + fmin(fmax(dx, -extent), extent) * scale;
        graph->y[i] = graph->cy - fmin(fmax(dy, -extent), extent) * scale;
    }
}

static int64_t group_of(const graph_data *graph, size_t node)
{
    return graph->group.n > 0 ? graph->group.ints[node] : 0;
}

typedef struct grouped_node {
    int64_t group;
    size_t node;
} grouped_node;

static int compare_grouped(const void *a, const void *b)
{
    const grouped_node *x = a;
    const grouped_node *y = b;
    if (x->group != y->group) {
        return x->group < y->group ? -1 : 1;
    }
    return (x->node > y->node) - (x->node < y->node);
}

/* Around a circle from the top, clockwise, group by group with a gap of a node between groups. */
static ana_status place_circle(ana_figure *figure, graph_data *graph)
{
    grouped_node *order = ana_workspace_bytes(&figure->workspace, graph->n_nodes, 1, sizeof *order);
    graph->place = ana_workspace_sizes(&figure->workspace, graph->n_nodes, 1);
    ana_status status = ana_workspace_check(&figure->workspace, "figure");
    if (status != ANA_OK) {
        return status;
    }
    size_t places = graph->n_nodes;
    for (size_t i = 0; i < graph->n_nodes; i++) {
        order[i] = (grouped_node){group_of(graph, i), i};
    }
    qsort(order, graph->n_nodes, sizeof *order, compare_grouped);
    for (size_t i = 0; i < graph->n_nodes && graph->group.n > 0; i++) {
        places += i == 0 || order[i].group != order[i - 1].group;
    }
    graph->n_places = places;
    size_t place = 0;
    for (size_t i = 0; i < graph->n_nodes; i++) {
        place += i > 0 && order[i].group != order[i - 1].group;
        double angle = 2.0 * ANA_PI * ((double)place + 0.5) / (double)places - ANA_PI / 2.0;
        graph->place[order[i].node] = place;
        graph->angle[order[i].node] = angle;
        graph->x[order[i].node] = graph->cx + graph->radius * cos(angle);
        graph->y[order[i].node] = graph->cy + graph->radius * sin(angle);
        place++;
    }
    return ANA_OK;
}

/* The point that pulls an edge: towards the centre of a circle, else a little to one side. */
static void control_point(const graph_data *graph, size_t a, size_t b, double *x, double *y)
{
    double mx = (graph->x[a] + graph->x[b]) / 2.0;
    double my = (graph->y[a] + graph->y[b]) / 2.0;
    double bend = graph->directed ? 0.12 : 0.0;
    *x = mx - bend * (graph->y[b] - graph->y[a]);
    *y = my + bend * (graph->x[b] - graph->x[a]);
    if (graph->circular) {
        *x += 0.55 * (graph->cx - mx);
        *y += 0.55 * (graph->cy - my);
    }
}

static double node_radius(const graph_data *graph)
{
    return graph->n_nodes > 120 ? 2.2 : graph->n_nodes > 40 ? 3.2 : graph->n_nodes > 16 ? 4.5 : 6.0;
}

static void append_edge(ana_svg *svg, const graph_data *graph, size_t a, size_t b)
{
    ana_svg_move(svg, graph->x[a], graph->y[a]);
    if (a == b) { /* a loop beyond the node, away from the centre */
        double angle = graph->circular ? graph->angle[a] : -ANA_PI / 2.0;
        double c = 3.5 * node_radius(graph) * cos(angle);
        double s = 3.5 * node_radius(graph) * sin(angle);
        ana_svg_curve_to(svg, graph->x[a] + c - s, graph->y[a] + s + c, graph->x[a] + 1.1 * c,
                         graph->y[a] + 1.1 * s);
        ana_svg_curve_to(svg, graph->x[a] + c + s, graph->y[a] + s - c, graph->x[a], graph->y[a]);
        return;
    }
    double x = 0.0;
    double y = 0.0;
    control_point(graph, a, b, &x, &y);
    ana_svg_curve_to(svg, x, y, graph->x[b], graph->y[b]);
}

static void append_arrow(ana_svg *svg, const graph_data *graph, size_t a, size_t b)
{
    double x = 0.0;
    double y = 0.0;
    control_point(graph, a, b, &x, &y);
    double dx = graph->x[b] - x;
    double dy = graph->y[b] - y;
    double length = hypot(dx, dy);
    if (a == b || length < 1.0) {
        return;
    }
    dx /= length;
    dy /= length;
    const double back = node_radius(graph) + 0.5;
    double tip_x = graph->x[b] - back * dx;
    double tip_y = graph->y[b] - back * dy;
    ana_svg_move(svg, tip_x, tip_y);
    ana_svg_line_to(svg, tip_x - 7.0 * dx - 2.8 * dy, tip_y - 7.0 * dy + 2.8 * dx);
    ana_svg_line_to(svg, tip_x - 7.0 * dx + 2.8 * dy, tip_y - 7.0 * dy - 2.8 * dx);
    ana_svg_close(svg);
}

static size_t width_class(const graph_data *graph, double size)
{
    size_t k = (size_t)(size / graph->largest * N_WIDTHS);
    return k < N_WIDTHS ? k : N_WIDTHS - 1;
}

/* What is drawn as one path: edges of one width and sign. */
typedef struct edge_class {
    size_t width;
    bool negative;
} edge_class;

static bool is_in_class(const graph_data *graph, const graph_edge *edge, edge_class class)
{
    return width_class(graph, edge->size) == class.width &&
           (ana_value(&graph->weight, edge->index) < 0.0) == class.negative;
}

/* Appends each edge of the class by `append`; whether there was one. */
static bool append_class(ana_svg *svg, const graph_data *graph, edge_class class,
                         void (*append)(ana_svg *, const graph_data *, size_t, size_t))
{
    bool any = false;
    ana_svg_path_open(svg);
    for (size_t i = 0; i < graph->n_edges; i++) {
        if (is_in_class(graph, &graph->edges[i], class)) {
            size_t index = graph->edges[i].index;
            append(svg, graph, node_of(graph, graph->from.ints[index]),
                   node_of(graph, graph->to.ints[index]));
            any = true;
        }
    }
    return any;
}

static void draw_class(ana_figure *figure, const graph_data *graph, edge_class class)
{
    const bool few = graph->n_edges <= 60;
    const bool crowded = graph->n_edges > 250;
    const double faintest = few ? 0.6 : 0.25;
    const double wide = (double)class.width;
    ana_paint paint = {.stroke = class.negative ? ANA_INK_CATEGORY_6 : ANA_INK_MUTED,
                       .stroke_width = (few ? 1.0 : 0.6) + (crowded ? 0.35 : 0.8) * wide,
                       .opacity = faintest + (0.95 - faintest) * wide / (N_WIDTHS - 1)};
    bool any = append_class(&figure->svg, graph, class, append_edge);
    ana_svg_path_paint(&figure->svg, paint);
    if (any && graph->directed && graph->n_edges <= most_arrows) {
        append_class(&figure->svg, graph, class, append_arrow);
        paint.fill = paint.stroke;
        paint.stroke = ANA_INK_NONE;
        ana_svg_path_paint(&figure->svg, paint);
    }
}

static void draw_nodes(ana_figure *figure, const graph_data *graph)
{
    const double radius = node_radius(graph);
    for (size_t i = 0; i < graph->n_nodes; i++) {
        ana_ink ink =
            graph->group.n > 0 ? ana_ink_category((size_t)graph->group.ints[i]) : ANA_INK_TEXT;
        ana_svg_circle(&figure->svg, graph->x[i], graph->y[i], radius,
                       (ana_paint){.fill = ink, .stroke = ANA_INK_PAPER});
    }
}

/* Names around a circle, reading outwards, the left half turned over. */
static void draw_radial_names(ana_figure *figure, const graph_data *graph, double room)
{
    const double around = 2.0 * ANA_PI * (graph->radius + name_gap);
    const size_t stride = (size_t)ceil(13.5 * (double)graph->n_places / around);
    char number[24];
    for (size_t i = 0; i < graph->n_nodes; i++) {
        if (graph->place[i] % stride != 0 || graph->place[i] + stride > graph->n_places) {
            continue;
        }
        double c = cos(graph->angle[i]);
        double s = sin(graph->angle[i]);
        bool left = c < 0.0;
        double turn = graph->angle[i] * 180.0 / ANA_PI + (left ? 180.0 : 0.0);
        /* The base line runs beside the ray, so that the ray meets the middle of the letters. */
        double aside = (left ? -0.36 : 0.36) * ANA_TICK_SIZE;
        double x = graph->cx + (graph->radius + name_gap) * c - aside * s;
        double y = graph->cy + (graph->radius + name_gap) * s + aside * c;
        ana_figure_name(figure,
                        (ana_label){.x = x,
                                    .y = y,
                                    .size = ANA_TICK_SIZE,
                                    .anchor = left ? ANA_ANCHOR_END : ANA_ANCHOR_START,
                                    .ink = ANA_INK_TEXT,
                                    .angle = turn},
                        ana_name(&graph->names, i, number), room);
    }
}

/* Names beside their nodes, where there is a free side, best without an edge; else none. */
static ana_status draw_names_beside(ana_figure *figure, const graph_data *graph)
{
    ana_name_places places;
    ana_status status = ana_name_places_new(figure, graph->n_nodes, ANA_TICK_SIZE, &places);
    double *lines = ana_workspace_doubles(&figure->workspace, graph->n_edges, 4);
    char number[24];
    status = status == ANA_OK ? ana_workspace_check(&figure->workspace, "figure") : status;
    for (size_t i = 0; i < graph->n_edges && status == ANA_OK; i++) {
        const size_t index = graph->edges[i].index;
        const size_t from = node_of(graph, graph->from.ints[index]);
        const size_t to = node_of(graph, graph->to.ints[index]);
        const double loop = from == to ? loop_height : 0.0;
        const double ends[] = {graph->x[from], graph->y[from], graph->x[to], graph->y[to] - loop};
        memcpy(lines + 4 * i, ends, sizeof ends);
    }
    places.n_lines = graph->n_edges;
    places.lines = lines;
    places.away = node_radius(graph) + 4.0;
    for (size_t i = 0; i < graph->n_nodes && status == ANA_OK; i++) {
        ana_name_beside(figure, &places, graph->x[i], graph->y[i],
                        ana_name(&graph->names, i, number));
    }
    return status;
}

/* Room names need around a circle. */
static double room_of_names(const graph_data *graph)
{
    double widest = 0.0;
    char number[24];
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const char *name = ana_name(&graph->names, i, number);
        widest = fmax(widest, ana_svg_text_width(name, ANA_TICK_SIZE));
    }
    return fmin(ceil(widest) + 1.0, longest_name);
}

static ana_status draw_graph(ana_figure *figure, graph_data *graph, ana_box box)
{
    ana_status status = ANA_OK;
    double room = fmin(room_of_names(graph), fmin(box.width, box.height) / 4.0);
    graph->cx = box.x + box.width / 2.0;
    graph->cy = box.y + box.height / 2.0;
    graph->radius = fmax(fmin(box.width, box.height) / 2.0 - room - name_gap - 2.0, 10.0);
    graph->circular = !is_placed(graph);
    if (graph->circular) {
        status = place_circle(figure, graph);
    } else {
        place_given(graph, box);
    }
    if (status != ANA_OK) {
        return status;
    }
    for (size_t width = 0; width < N_WIDTHS; width++) {
        draw_class(figure, graph, (edge_class){width, true});
        draw_class(figure, graph, (edge_class){width, false});
    }
    draw_nodes(figure, graph);
    if (!graph->circular) {
        return draw_names_beside(figure, graph);
    }
    draw_radial_names(figure, graph, room);
    return ANA_OK;
}

/* What line width and colour mean, and how many edges were left out. */
static void write_note(ana_figure *figure, graph_data *graph)
{
    char largest[64];
    char shown[96] = "";
    bool negative = false;
    bool differ = false;
    for (size_t i = 0; i < graph->n_edges; i++) {
        const double weight = ana_value(&graph->weight, graph->edges[i].index);
        negative = negative || weight < 0.0;
        differ = differ || fabs(weight) < graph->largest;
    }
    ana_number_label(graph->largest, 3, largest, sizeof largest);
    if (graph->n_edges > most_edges) {
        snprintf(shown, sizeof shown, "The strongest %zu of %zu edges. ", most_edges,
                 graph->n_edges);
        graph->n_edges = most_edges;
    }
    if (!differ && !negative) { /* width and colour mean nothing */
        snprintf(figure->note, sizeof figure->note, "%s", shown);
        return;
    }
    const char *unit = graph->weight.node->unit;
    snprintf(figure->note, sizeof figure->note, "%sWidest line: weight %s%s%.30s.%s", shown,
             largest, unit != NULL ? " " : "", unit != NULL ? unit : "",
             negative ? " Red: negative." : "");
}

ana_status ana_draw_graph(ana_figure *figure)
{
    graph_data graph = {0};
    ana_status status = read_graph(figure, &graph);
    if (status != ANA_OK) {
        return status;
    }
    if (graph.n_nodes == 0) {
        ana_figure_say(figure, "No nodes");
        return ANA_OK;
    }
    if (graph.n_edges > 0) {
        write_note(figure, &graph);
    } else {
        snprintf(figure->note, sizeof figure->note, "No edges with a weight other than zero.");
    }
    ana_figure_open(figure, side);
    ana_box box = figure->body;
    ana_legend legend = {.names = ana_figure_names(figure, "group_labels")};
    if (legend.names.node != NULL) {
        legend.n = legend.names.node->shape[0];
        ana_legend_draw(figure, &legend, &box);
    }
    return draw_graph(figure, &graph, box);
}
