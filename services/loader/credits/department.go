package credits

import "strings"

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

var tmdbDepartments = map[string]string{
	"creator": Creation, "directing": Directing, "acting": Acting, "actors": Acting, "writing": Writing,
	"production": Production, "camera": Camera, "lighting": Lighting, "art": Art, "costume & make-up": Costume,
	"sound": Sound, "editing": Editing, "visual effects": VisualEffects, "crew": Crew,
}

// TmdbDepartment is the department of a crew member at TMDB.
func TmdbDepartment(department string) string {
	if d, ok := tmdbDepartments[strings.ToLower(department)]; ok {
		return d
	}
	return Crew
}

// KobisDepartment is the department of a role in KOBIS's staff. Roles that are
// not known belong to the crew.
func KobisDepartment(role string) string {
	if d, ok := kobisDepartments[role]; ok {
		return d
	}
	return Crew
}

var kobisDepartments = byRole(map[string][]string{
	Directing:     {"감독", "연출팀", "조감독", "스크립터", "스토리보드", "메이킹필름", "현장편집"},
	Writing:       {"시나리오(각본)", "각색", "대사", "원작", "스토리", "윤색", "스크립닥터"},
	Production:    {"제작", "제작팀", "제작관리", "제작회계", "프로듀서", "라인프로듀서", "기획", "기획진행", "투자", "캐스팅", "캐스팅디렉터", "로케이션매니저", "매니지먼트"},
	Camera:        {"촬영", "촬영팀", "촬영장비", "특수촬영", "그립", "카메라오퍼레이터", "스테디캠", "지미집", "스틸", "데이타매니저"},
	Lighting:      {"조명", "조명팀", "조명장비", "조명오퍼레이터", "발전차"},
	Art:           {"미술/프로덕션 디자인", "미술팀", "아트디렉터", "세트", "세트팀", "세트미술팀", "소품", "소품팀", "특수소품", "토목/조경"},
	Costume:       {"의상", "의상팀", "의상디자이너", "특수의상", "의상차", "분장", "분장팀", "특수분장", "분장차", "헤어", "헤어팀"},
	Sound:         {"동시녹음", "동시녹음팀", "붐오퍼레이터", "케이블맨", "사운드", "사운드팀", "사운드믹싱", "사운드효과", "사운드디자이너", "폴리"},
	Music:         {"음악", "음악진행", "음악 믹싱/레코딩", "작사/작곡/편곡"},
	Editing:       {"편집", "편집팀", "DI팀", "텔레시네", "아날로그색보정"},
	VisualEffects: {"시각효과", "VFX 아티스트", "VFX 매니지먼트", "VFX 슈퍼바이저", "특수효과", "특수효과팀", "타이틀"},
	Animation:     {"애니메이션팀", "작화감독"},
	Stunts:        {"액션/스턴트", "액션/스턴트팀", "액션/스턴트코디네이터", "스턴트연기"},
	Distribution:  {"배급진행", "홍보/마케팅 진행", "온라인마케팅", "광고디자인", "광고대행", "광고동영상", "예고편", "포스터사진", "인쇄"},
})

func byRole(departments map[string][]string) map[string]string {
	roles := make(map[string]string)
	for department, list := range departments {
		for _, role := range list {
			roles[role] = department
		}
	}
	return roles
}
