package natstest

import "slices"

var (
	// Users are the deployed users of services.
	Users = []string{"planner", "fetcher-kobis", "fetcher-tmdb", "loader", "console"}
	// Streams are those of the pipeline, and one that it does not have.
	Streams = []string{"JOBS", "RAW", "DEAD", "KV_QUOTA", "OTHER"}
	// Durables are the consumers of the pipeline, and one that it does not have.
	Durables = []string{"fetcher-kobis", "fetcher-tmdb", "loader", "planner", "mine"}
)

// Requests are all kinds of subjects that somebody might publish to: the
// pipeline's own, and the requests that a server with JetStream answers.
func Requests() []string {
	subjects := []string{
		"$JS.API.INFO", "$JS.API.STREAM.NAMES", "$JS.API.STREAM.LIST", "$JS.API.META.LEADER.STEPDOWN", "$JS.API.SERVER.REMOVE",
		"$JS.API.ACCOUNT.PURGE.CLEDIT", "$SYS.REQ.SERVER.PING", "$SYS.REQ.USER.INFO", "other",
		"jobs.other.movie-list.1", "raw.other.movie-list.1", "$KV.QUOTA.other.gate", "$KV.QUOTA.gate", "$KV.OTHER.kobis.gate",
		"$JS.API.CONSUMER.CREATE.JOBS.fetcher-kobis.jobs.kobis.>", "$JS.API.CONSUMER.CREATE.JOBS.fetcher-tmdb.jobs.tmdb.>",
		"$JS.API.CONSUMER.CREATE.JOBS.fetcher-kobis.jobs.>", "$JS.API.CONSUMER.CREATE.RAW.mine.raw.kobis.>",
	}
	for _, source := range []string{"kobis", "tmdb"} {
		subjects = append(subjects, "jobs."+source+".movie-detail.1", "raw."+source+".movie-detail.1",
			"dead.jobs."+source+".movie-detail.1", "dead.raw."+source+".movie-detail.1", "$KV.QUOTA."+source+".gate")
	}
	for _, user := range append(slices.Clone(Users), Operator) {
		subjects = append(subjects, "_INBOX_"+user+".x")
	}
	for _, stream := range Streams {
		for _, verb := range []string{
			"CREATE", "UPDATE", "INFO", "DELETE", "PURGE", "SNAPSHOT", "RESTORE", "MSG.GET", "MSG.DELETE", "PEER.REMOVE",
			"LEADER.STEPDOWN",
		} {
			subjects = append(subjects, "$JS.API.STREAM."+verb+"."+stream)
		}
		subjects = append(subjects, "$JS.API.DIRECT.GET."+stream, "$JS.API.DIRECT.GET."+stream+".x", "$JS.API.CONSUMER.CREATE."+stream,
			"$JS.API.CONSUMER.NAMES."+stream, "$JS.API.CONSUMER.LIST."+stream, "$JS.FC."+stream+".mine.x")
		for _, consumer := range Durables {
			for _, verb := range []string{"CREATE", "DURABLE.CREATE", "INFO", "DELETE", "PAUSE", "RESET", "UNPIN", "MSG.NEXT", "LEADER.STEPDOWN"} {
				subjects = append(subjects, "$JS.API.CONSUMER."+verb+"."+stream+"."+consumer)
			}
			subjects = append(subjects, "$JS.ACK."+stream+"."+consumer+".1.1.1.1.0", "$JS.ACK._.A."+stream+"."+consumer+".1.1.1.1.0")
		}
	}
	return subjects
}
