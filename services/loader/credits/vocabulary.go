package credits

import "strings"

// vocabulary is the one of both sources: a job, its department, and the words that
// KOBIS and TMDB have for it. A role that KOBIS writes and that is in no line
// belongs to the crew; a job of TMDB's then keeps the department that TMDB names.
var vocabulary = []struct {
	job, department string
	kobis, tmdb     []string
}{
	{"creator", Creation, nil, []string{"Creator"}},
	{"director", Directing, []string{roleDirector}, []string{"Director", "Co-Director", "Series Director"}},
	{"assistant director", Directing, []string{"조감독"}, []string{"Assistant Director", "First Assistant Director", "Second Assistant Director", "Third Assistant Director"}},
	{"directing team", Directing, []string{"연출팀"}, nil},
	{"script supervisor", Directing, []string{"스크립터"}, []string{"Script Supervisor"}},
	{"storyboard", Directing, []string{"스토리보드"}, []string{"Storyboard Artist", "Storyboard"}},
	{"making-of", Directing, []string{"메이킹필름"}, nil},
	{"on-set editing", Directing, []string{"현장편집"}, nil},
	{"actor", Acting, []string{roleActor}, []string{"Actor", "Voice", "Cameo"}},
	{"screenplay", Writing, []string{"시나리오(각본)"}, []string{"Screenplay", "Writer", "Scenario Writer", "Co-Writer"}},
	{"adaptation", Writing, []string{"각색"}, []string{"Adaptation"}},
	{"dialogue", Writing, []string{"대사"}, []string{"Dialogue"}},
	{"original work", Writing, []string{"원작"}, []string{"Novel", "Original Story", "Comic Book", "Book", "Short Story", "Theatre Play", "Graphic Novel", "Characters", "Original Film Writer", "Original Series Creator"}},
	{"story", Writing, []string{"스토리"}, []string{"Story", "Storyline"}},
	{"script revision", Writing, []string{"윤색", "스크립닥터"}, []string{"Script Editor", "Script Consultant"}},
	{"producer", Production, []string{"제작", "프로듀서"}, []string{"Producer", "Co-Producer"}},
	{"executive producer", Production, []string{"투자"}, []string{"Executive Producer", "Co-Executive Producer"}},
	{"line producer", Production, []string{"라인프로듀서"}, []string{"Line Producer"}},
	{"planning", Production, []string{"기획", "기획진행"}, []string{"Development Producer"}},
	{"production management", Production, []string{"제작관리"}, []string{"Production Manager", "Production Supervisor", "Unit Production Manager"}},
	{"production team", Production, []string{"제작팀"}, []string{"Production Assistant"}},
	{"production accounting", Production, []string{"제작회계"}, []string{"Production Accountant"}},
	{"casting", Production, []string{"캐스팅", "캐스팅디렉터"}, []string{"Casting", "Casting Director"}},
	{"location management", Production, []string{"로케이션매니저"}, []string{"Location Manager"}},
	{"management", Production, []string{"매니지먼트"}, nil},
	{"cinematography", Camera, []string{"촬영"}, []string{"Director of Photography", "Cinematography"}},
	{"camera team", Camera, []string{"촬영팀", "촬영장비", "데이타매니저"}, []string{"First Assistant Camera", "Second Assistant Camera", "Digital Imaging Technician"}},
	{"camera operation", Camera, []string{"카메라오퍼레이터", "지미집"}, []string{"Camera Operator"}},
	{"steadicam", Camera, []string{"스테디캠"}, []string{"Steadicam Operator", "Steadycam"}},
	{"special photography", Camera, []string{"특수촬영"}, []string{"Aerial Director of Photography", "Underwater Camera"}},
	{"grip", Camera, []string{"그립"}, []string{"Grip", "Key Grip"}},
	{"stills", Camera, []string{"스틸"}, []string{"Still Photographer"}},
	{"lighting", Lighting, []string{"조명", "조명오퍼레이터"}, []string{"Gaffer", "Lighting Director", "Lighting Design"}},
	{"lighting team", Lighting, []string{"조명팀", "조명장비", "발전차"}, []string{"Lighting Technician", "Best Boy Electric", "Electrician"}},
	{"production design", Art, []string{"미술/프로덕션 디자인"}, []string{"Production Design"}},
	{"art direction", Art, []string{"아트디렉터"}, []string{"Art Direction", "Supervising Art Director"}},
	{"art team", Art, []string{"미술팀", "토목/조경"}, []string{"Art Department Assistant", "Assistant Art Director"}},
	{"sets", Art, []string{"세트", "세트팀", "세트미술팀"}, []string{"Set Decoration", "Set Designer", "Construction Coordinator"}},
	{"props", Art, []string{"소품", "소품팀", "특수소품"}, []string{"Props", "Property Master"}},
	{"costumes", Costume, []string{"의상", "의상디자이너", "특수의상"}, []string{"Costume Design", "Costume Designer"}},
	{"costume team", Costume, []string{"의상팀", "의상차"}, []string{"Costumer", "Set Costumer", "Costume Supervisor"}},
	{"make-up", Costume, []string{"분장", "특수분장"}, []string{"Makeup Artist", "Makeup Designer", "Makeup & Hair", "Key Makeup Artist", "Special Effects Makeup Artist", "Prosthetic Makeup Artist"}},
	{"make-up team", Costume, []string{"분장팀", "분장차"}, nil},
	{"hair", Costume, []string{"헤어"}, []string{"Hairstylist", "Hair Designer", "Key Hair Stylist"}},
	{"hair team", Costume, []string{"헤어팀"}, nil},
	{"production sound", Sound, []string{"동시녹음"}, []string{"Production Sound Mixer", "Sound Recordist", "Sound"}},
	{"production sound team", Sound, []string{"동시녹음팀", "붐오퍼레이터", "케이블맨"}, []string{"Boom Operator"}},
	{"sound", Sound, []string{"사운드"}, []string{"Supervising Sound Editor", "Sound Supervisor", "Sound Director"}},
	{"sound team", Sound, []string{"사운드팀"}, []string{"Sound Editor", "Dialogue Editor"}},
	{"sound design", Sound, []string{"사운드디자이너"}, []string{"Sound Designer"}},
	{"sound mixing", Sound, []string{"사운드믹싱"}, []string{"Sound Re-Recording Mixer", "Sound Mixer"}},
	{"sound effects", Sound, []string{"사운드효과"}, []string{"Sound Effects", "Sound Effects Editor"}},
	{"foley", Sound, []string{"폴리"}, []string{"Foley", "Foley Artist"}},
	{"music", Music, []string{"음악"}, []string{"Original Music Composer", "Music", "Composer", "Music Director"}},
	{"music supervision", Music, []string{"음악진행"}, []string{"Music Supervisor", "Music Coordinator"}},
	{"music mixing", Music, []string{"음악 믹싱/레코딩"}, []string{"Scoring Mixer", "Music Score Producer"}},
	{"songs", Music, []string{"작사/작곡/편곡"}, []string{"Songs", "Lyricist", "Theme Song Performance", "Musician", "Conductor", "Orchestrator", "Music Arranger"}},
	{"editing", Editing, []string{"편집"}, []string{"Editor", "Co-Editor"}},
	{"editing team", Editing, []string{"편집팀"}, []string{"Assistant Editor", "First Assistant Editor"}},
	{"colour", Editing, []string{"DI팀", "텔레시네", "아날로그색보정"}, []string{"Colorist", "Digital Intermediate", "Digital Intermediate Producer"}},
	{"visual effects", VisualEffects, []string{"시각효과", "VFX 아티스트"}, []string{"Visual Effects", "VFX Artist", "Visual Effects Artist", "Compositor"}},
	{"visual effects supervision", VisualEffects, []string{"VFX 슈퍼바이저"}, []string{"Visual Effects Supervisor", "VFX Supervisor"}},
	{"visual effects management", VisualEffects, []string{"VFX 매니지먼트"}, []string{"Visual Effects Producer", "Visual Effects Coordinator"}},
	{"special effects", VisualEffects, []string{"특수효과", "특수효과팀"}, []string{"Special Effects", "Special Effects Supervisor", "Special Effects Coordinator"}},
	{"titles", VisualEffects, []string{"타이틀"}, []string{"Title Designer", "Main Title Designer"}},
	{"animation", Animation, []string{"애니메이션팀"}, []string{"Animation", "Animator", "Animation Director", "Key Animation", "Lead Animator"}},
	{"animation direction", Animation, []string{"작화감독"}, []string{"Supervising Animation Director", "Animation Supervisor", "Supervising Animator"}},
	{"stunt coordination", Stunts, []string{"액션/스턴트", "액션/스턴트코디네이터"}, []string{"Stunt Coordinator", "Martial Arts Choreographer", "Fight Choreographer", "Action Director"}},
	{"stunts", Stunts, []string{"액션/스턴트팀", "스턴트연기"}, []string{"Stunts", "Stunt Double", "Stunt Driver"}},
	{"distribution", Distribution, []string{"배급진행"}, nil},
	{"publicity", Distribution, []string{"홍보/마케팅 진행", "온라인마케팅", "광고디자인", "광고대행", "광고동영상", "예고편", "포스터사진", "인쇄"}, []string{"Unit Publicist", "Publicist"}},
}

// word is what a source's word means.
type word struct{ job, department string }

var kobisWords, tmdbWords = words()

func words() (kobis, tmdb map[string]word) {
	kobis, tmdb = make(map[string]word), make(map[string]word)
	for _, line := range vocabulary {
		for _, w := range line.kobis {
			kobis[w] = word{line.job, line.department}
		}
		for _, w := range line.tmdb {
			tmdb[strings.ToLower(w)] = word{line.job, line.department}
		}
	}
	return kobis, tmdb
}

// KobisJob is the department of a role in KOBIS's words, and the job where it is
// in the vocabulary.
func KobisJob(role string) (department, job string) {
	if w, ok := kobisWords[role]; ok {
		return w.department, w.job
	}
	return Crew, ""
}

// TmdbJob is the same for a job and department of TMDB. The job says more: TMDB
// counts composers to the sound and stunts to the crew.
func TmdbJob(department, job string) (ours, ourJob string) {
	if w, ok := tmdbWords[strings.ToLower(job)]; ok {
		return w.department, w.job
	}
	if d, ok := tmdbDepartments[strings.ToLower(department)]; ok {
		return d, ""
	}
	return Crew, ""
}
