package derive

import (
	"context"

	"github.com/google/uuid"

	"github.com/cledit/pipeline/services/loader/internal/db"
	"github.com/cledit/pipeline/services/loader/merge"
	"github.com/cledit/pipeline/services/loader/record"
)

func (w *writer) images(ctx context.Context, o *output) (int64, error) {
	type row = part[record.TmdbImage]
	rows := o.parts.images
	return w.moved(w.q.SyncImages(ctx, db.SyncImagesParams{
		TitleIds:    o.ids(),
		TitleID:     column(rows, func(r *row) uuid.UUID { return r.title }),
		Kind:        column(rows, func(r *row) string { return r.row.Kind }),
		Position:    column(rows, func(r *row) int32 { return r.position }),
		Path:        column(rows, func(r *row) string { return r.row.Path }),
		Language:    column(rows, func(r *row) string { return merge.Language(r.row.Language) }),
		Width:       column(rows, func(r *row) *int32 { return r.row.Width }),
		Height:      column(rows, func(r *row) *int32 { return r.row.Height }),
		VoteAverage: column(rows, func(r *row) *float64 { return r.row.VoteAverage }),
		VoteCount:   column(rows, func(r *row) *int32 { return r.row.VoteCount }),
	}))
}

func (w *writer) keywords(ctx context.Context, o *output) (int64, error) {
	type row = part[string]
	rows := o.parts.keywords
	return w.moved(w.q.SyncKeywords(ctx, db.SyncKeywordsParams{
		TitleIds: o.ids(),
		TitleID:  column(rows, func(r *row) uuid.UUID { return r.title }),
		Position: column(rows, func(r *row) int32 { return r.position }),
		Name:     column(rows, func(r *row) string { return r.row }),
	}))
}

func (w *writer) externalIDs(ctx context.Context, o *output) (int64, error) {
	type row = part[record.TmdbExternalID]
	rows := o.parts.externalIDs
	return w.moved(w.q.SyncExternalIds(ctx, db.SyncExternalIdsParams{
		TitleIds:   o.ids(),
		TitleID:    column(rows, func(r *row) uuid.UUID { return r.title }),
		Site:       column(rows, func(r *row) string { return r.row.Site }),
		ExternalID: column(rows, func(r *row) string { return r.row.ID }),
	}))
}
