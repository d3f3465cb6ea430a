package credits

// The departments of production.credits, one vocabulary for both sources.
const (
	Creation      = "creation"
	Directing     = "directing"
	Acting        = "acting"
	Writing       = "writing"
	Production    = "production"
	Camera        = "camera"
	Lighting      = "lighting"
	Art           = "art"
	Costume       = "costume and make-up"
	Sound         = "sound"
	Music         = "music"
	Editing       = "editing"
	VisualEffects = "visual effects"
	Animation     = "animation"
	Stunts        = "stunts"
	Distribution  = "distribution"
	Crew          = "crew" // everything else
)

// What KOBIS's lists of directors and actors say without a role of their own.
const (
	roleDirector = "감독"
	roleActor    = "출연"
)

// Jobs of the lists that name none.
const (
	jobDirector = "director"
	jobActor    = "actor"
	jobGuest    = "guest actor" // of a series, in no season's cast for good
	jobCreator  = "creator"
)

// KOBIS tells who has a film made (제작) from who runs its making (프로듀서). TMDB
// calls both a producer.
const (
	jobProducer        = "producer"
	jobProjectProducer = "project producer"
)

var tmdbDepartments = map[string]string{
	"creator": Creation, "directing": Directing, "acting": Acting, "actors": Acting, "writing": Writing,
	"production": Production, "camera": Camera, "lighting": Lighting, "art": Art, "costume & make-up": Costume,
	"sound": Sound, "editing": Editing, "visual effects": VisualEffects, "crew": Crew,
}
