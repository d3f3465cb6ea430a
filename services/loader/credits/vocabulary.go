package credits

import (
	"cmp"
	"strings"
)

// vocabulary is the one of both sources, in the order in which a page prints it: a
// job, its department, and the words that KOBIS and TMDB have for it. A word that is
// in no line is its own job; KOBIS's then belongs to the crew, TMDB's keeps the
// department that TMDB names. Where KOBIS's words stand is measured, by what their
// people otherwise do; see docs/credits.md.
var vocabulary = []struct {
	job, department string
	kobis, tmdb     []string
}{
	{jobCreator, Creation, nil, []string{"Creator"}},
	{jobDirector, Directing, []string{roleDirector}, []string{"Director", "Co-Director", "Series Director"}},
	{"assistant director", Directing, []string{"조감독"}, []string{
		"Assistant Director", "First Assistant Director", "Second Assistant Director", "Third Assistant Director",
		"Second Second Assistant Director", "Second Unit First Assistant Director",
	}},
	{"second unit direction", Directing, nil, []string{"Second Unit Director"}},
	{"directing team", Directing, []string{"연출팀"}, nil},
	{"script supervisor", Directing, []string{"스크립터"}, []string{"Script Supervisor", "Continuity"}},
	{"storyboard", Directing, []string{"스토리보드"}, []string{"Storyboard Artist", "Storyboard"}},
	{
		"screenplay", Writing,
		[]string{"시나리오(각본)"},
		[]string{"Screenplay", "Writer", "Scenario Writer", "Co-Writer", "Teleplay", "Staff Writer"},
	},
	{"adaptation", Writing, []string{"각색"}, []string{"Adaptation"}},
	{"dialogue writing", Writing, nil, []string{"Dialogue"}},
	{"story", Writing, []string{"스토리"}, []string{"Story", "Storyline"}},
	{"original work", Writing, []string{"원작"}, []string{
		"Novel", "Original Story", "Comic Book", "Book", "Short Story", "Theatre Play", "Graphic Novel", "Characters",
		"Original Film Writer", "Original Series Creator",
	}},
	{
		"script revision", Writing,
		[]string{"윤색", "스크립닥터"},
		[]string{"Script Editor", "Script Consultant", "Story Editor", "Story Consultant", "Script Coordinator"},
	},
	{jobActor, Acting, []string{roleActor}, []string{"Actor", "Voice", "Cameo"}},
	{jobGuest, Acting, nil, []string{"Guest Star"}},
	{jobProducer, Production, []string{"제작"}, []string{"Producer", "Co-Producer", "Supervising Producer"}},
	{jobProjectProducer, Production, []string{"프로듀서"}, nil},
	{
		"executive producer", Production, nil,
		[]string{"Executive Producer", "Co-Executive Producer", "Executive Co-Producer", "Production Executive"},
	},
	{"associate producer", Production, nil, []string{"Associate Producer", "Assistant Producer"}},
	{"planning", Production, []string{"기획", "기획진행"}, []string{"Development Producer"}},
	{"line producer", Production, []string{"라인프로듀서"}, []string{"Line Producer"}},
	{
		"casting", Production,
		[]string{"캐스팅", "캐스팅디렉터"},
		[]string{"Casting", "Casting Director", "Casting Assistant", "Casting Associate", "Extras Casting", "ADR Voice Casting"},
	},
	{"production management", Production, []string{"제작관리"}, []string{
		"Production Manager", "Production Supervisor", "Unit Production Manager", "Unit Manager", "General Manager",
		"Production Coordinator", "Assistant Production Coordinator", "Assistant Production Manager", "Production Controller",
	}},
	{"location management", Production, []string{"로케이션매니저"}, []string{"Location Manager", "Assistant Location Manager", "Location Scout"}},
	{
		"production team", Production,
		[]string{"제작팀"},
		[]string{"Production Assistant", "Production Office Assistant", "Set Production Assistant", "Production Secretary", "Researcher"},
	},
	{
		"production accounting", Production,
		[]string{"제작회계"},
		[]string{"Production Accountant", "First Assistant Accountant", "Second Assistant Accountant", "Payroll Accountant"},
	},
	{"post-production management", Production, nil, []string{
		"Post Production Supervisor", "Post Production Coordinator", "Post Production Assistant", "Post-Production Manager",
		"Post Production Producer",
	}},
	{"management", Production, []string{"매니지먼트"}, nil},
	{"investment", Production, []string{"투자"}, nil},
	{
		"cinematography", Camera,
		[]string{"촬영"},
		[]string{"Director of Photography", "Cinematography", "Additional Director of Photography", "Additional Photography"},
	},
	{
		"camera operation", Camera,
		[]string{"카메라오퍼레이터", "지미집"},
		[]string{"Camera Operator", `"A" Camera Operator`, `"B" Camera Operator`, `"C" Camera Operator`, "Additional Camera"},
	},
	{"steadicam", Camera, []string{"스테디캠"}, []string{"Steadicam Operator", "Steadycam"}},
	{
		"special photography", Camera,
		[]string{"특수촬영"},
		[]string{"Aerial Director of Photography", "Underwater Camera", "Aerial Camera", "Underwater Director of Photography"},
	},
	{"camera team", Camera, []string{"촬영팀"}, []string{
		"First Assistant Camera", "Second Assistant Camera", "First Assistant \"A\" Camera", "First Assistant \"B\" Camera",
		"Assistant Camera", "Camera Loader", "Camera Trainee", "Focus Puller", "Video Assist Operator",
	}},
	{"grip", Camera, []string{"그립"}, []string{"Grip", "Key Grip", "Best Boy Grip", "Dolly Grip", "Rigging Grip"}},
	{"data management", Camera, []string{"데이타매니저"}, []string{"Digital Imaging Technician", "Data Wrangler", "Data Management Technician"}},
	{"camera equipment", Camera, []string{"촬영장비"}, []string{"Camera Technician"}},
	{"stills", Camera, []string{"스틸"}, []string{"Still Photographer"}},
	{"lighting", Lighting, []string{"조명"}, []string{"Gaffer", "Lighting Director", "Lighting Design", "Chief Lighting Technician"}},
	{
		"lighting team", Lighting,
		[]string{"조명팀", "조명오퍼레이터"},
		[]string{"Lighting Technician", "Best Boy Electric", "Electrician", "Best Boy Electrician", "Rigging Gaffer", "Assistant Gaffer"},
	},
	{"lighting equipment", Lighting, []string{"조명장비", "발전차"}, nil},
	{"production design", Art, []string{"미술/프로덕션 디자인"}, []string{"Production Design"}},
	{"art direction", Art, []string{"아트디렉터"}, []string{"Art Direction", "Supervising Art Director", "Standby Art Director"}},
	{"art team", Art, []string{"미술팀", "토목/조경"}, []string{
		"Art Department Assistant", "Assistant Art Director", "Art Department Coordinator", "Concept Artist",
		"Conceptual Design", "Graphic Designer", "Production Illustrator", "Painter", "Standby Painter", "Scenic Artist",
		"Sculptor", "Greensman",
	}},
	{"sets", Art, []string{"세트", "세트팀", "세트미술팀"}, []string{
		"Set Decoration", "Set Designer", "Construction Coordinator", "Construction Foreman", "Assistant Set Decoration",
		"Set Dresser", "Set Dressing Artist", "Set Dressing Buyer", "Leadman", "Swing", "Assistant Set Designer",
	}},
	{"props", Art, []string{"소품", "소품팀"}, []string{"Props", "Property Master", "Assistant Property Master", "Propmaker", "Prop Maker"}},
	{"special props", Art, []string{"특수소품"}, nil},
	{"costumes", Costume, []string{"의상", "의상디자이너", "특수의상"}, []string{"Costume Design", "Costume Designer"}},
	{
		"costume team", Costume,
		[]string{"의상팀", "의상차"},
		[]string{"Costumer", "Set Costumer", "Costume Supervisor", "Key Costumer", "Assistant Costume Designer", "Costume Assistant"},
	},
	{
		"make-up", Costume,
		[]string{"분장"},
		[]string{"Makeup Artist", "Makeup Designer", "Makeup & Hair", "Key Makeup Artist", "Makeup Department Head"},
	},
	{"special make-up", Costume, []string{"특수분장"}, []string{
		"Special Effects Makeup Artist", "Prosthetic Makeup Artist", "Makeup Effects", "Makeup Effects Designer",
		"Prosthetic Designer", "Prosthetic Supervisor", "Prosthetics",
	}},
	{"make-up team", Costume, []string{"분장팀", "분장차"}, []string{"Assistant Makeup Artist", "Additional Makeup Artist"}},
	{"hair", Costume, []string{"헤어"}, []string{"Hairstylist", "Hair Designer", "Key Hair Stylist", "Hair Department Head"}},
	{"hair team", Costume, []string{"헤어팀"}, []string{"Hair Assistant", "Assistant Hairstylist", "Additional Hairstylist"}},
	{"production sound", Sound, []string{"동시녹음"}, []string{"Production Sound Mixer", "Sound Recordist", "Sound"}},
	{"production sound team", Sound, []string{"동시녹음팀", "붐오퍼레이터", "케이블맨"}, []string{"Boom Operator", "Sound Assistant", "Utility Sound"}},
	{"sound", Sound, []string{"사운드"}, []string{"Supervising Sound Editor", "Sound Supervisor", "Sound Director"}},
	{"sound design", Sound, []string{"사운드디자이너"}, []string{"Sound Designer", "Sound Design Assistant", "Assistant Sound Designer"}},
	{"sound mixing", Sound, []string{"사운드믹싱"}, []string{
		"Sound Re-Recording Mixer", "Sound Mixer", "Additional Sound Re-Recording Mixer", "Additional Sound Re-Recordist",
		"Sound Mix Technician",
	}},
	{"dialogue editing", Sound, []string{"대사"}, []string{
		"Dialogue Editor", "Assistant Dialogue Editor", "ADR Editor", "ADR Supervisor", "ADR Mixer", "ADR Recordist",
		"ADR Engineer", "ADR & Dubbing",
	}},
	{"sound effects", Sound, []string{"사운드효과"}, []string{"Sound Effects", "Sound Effects Editor", "Sound Effects Designer"}},
	{"foley", Sound, []string{"폴리"}, []string{"Foley", "Foley Artist", "Foley Editor", "Foley Mixer", "Foley Recordist", "Foley Supervisor"}},
	{"sound team", Sound, []string{"사운드팀"}, []string{"Sound Editor", "Assistant Sound Editor", "First Assistant Sound Editor"}},
	{"music", Music, []string{"음악"}, []string{"Original Music Composer", "Music", "Composer", "Music Director", "Additional Music"}},
	{"music supervision", Music, []string{"음악진행"}, []string{"Music Supervisor", "Music Coordinator"}},
	{
		"songs", Music,
		[]string{"작사/작곡/편곡"},
		[]string{"Songs", "Lyricist", "Theme Song Performance", "Musician", "Conductor", "Orchestrator", "Music Arranger", "Vocals"},
	},
	{"music editing", Music, nil, []string{"Music Editor", "Music Score Producer", "Music Producer"}},
	{"music mixing", Music, []string{"음악 믹싱/레코딩"}, []string{"Scoring Mixer", "Music Engineer", "Recording Supervision"}},
	{"editing", Editing, []string{"편집"}, []string{"Editor", "Co-Editor", "Supervising Editor", "Additional Editor", "Additional Editing"}},
	{
		"editing team", Editing,
		[]string{"편집팀"},
		[]string{"Assistant Editor", "First Assistant Editor", "Assistant Picture Editor", "Editorial Staff", "Apprentice Editor"},
	},
	{"on-set editing", Editing, []string{"현장편집"}, nil},
	{"colour", Editing, []string{"DI팀", "텔레시네", "아날로그색보정"}, []string{
		"Colorist", "Digital Intermediate", "Digital Intermediate Producer", "Color Timer", "Digital Intermediate Editor",
		"Color Grading", "Digital Colorist",
	}},
	{
		"visual effects supervision", VisualEffects,
		[]string{"VFX 슈퍼바이저"},
		[]string{"Visual Effects Supervisor", "VFX Supervisor", "CG Supervisor", "Pre-Visualization Supervisor"},
	},
	{"visual effects", VisualEffects, []string{"시각효과", "VFX 아티스트"}, []string{
		"Visual Effects", "VFX Artist", "Visual Effects Artist", "Compositor", "Compositors", "Digital Compositor",
		"Digital Compositors", "Matte Painter", "Rotoscoping Artist", "CGI Artist", "CG Artist", "CG Animator",
		"Visual Effects Editor", "Visual Effects Assistant Editor", "Visual Effects Technical Director",
		"Visual Effects Director",
	}},
	{"visual effects management", VisualEffects, []string{"VFX 매니지먼트"}, []string{
		"Visual Effects Producer", "Visual Effects Coordinator", "Visual Effects Production Manager",
		"Visual Effects Production Assistant", "Executive Visual Effects Producer",
	}},
	{"special effects", VisualEffects, []string{"특수효과", "특수효과팀"}, []string{
		"Special Effects", "Special Effects Supervisor", "Special Effects Coordinator", "Special Effects Technician",
		"Special Effects Assistant", "Pyrotechnician",
	}},
	{"titles", VisualEffects, []string{"타이틀"}, []string{"Title Designer", "Main Title Designer", "Title Graphics"}},
	{
		"animation direction", Animation,
		[]string{"작화감독"},
		[]string{"Supervising Animation Director", "Animation Supervisor", "Supervising Animator", "Animation Director"},
	},
	{
		"animation", Animation,
		[]string{"애니메이션팀"},
		[]string{"Animation", "Animator", "Key Animation", "Lead Animator", "3D Animator", "Character Designer", "Layout"},
	},
	{
		"stunt coordination", Stunts,
		[]string{"액션/스턴트", "액션/스턴트코디네이터"},
		[]string{"Stunt Coordinator", "Martial Arts Choreographer", "Fight Choreographer", "Action Director", "Assistant Stunt Coordinator"},
	},
	{"stunts", Stunts, []string{"액션/스턴트팀", "스턴트연기"}, []string{"Stunts", "Stunt Double", "Stunt Driver", "Utility Stunts"}},
	{"distribution", Distribution, []string{"배급진행"}, nil},
	{
		"publicity", Distribution,
		[]string{"홍보/마케팅 진행", "온라인마케팅", "광고디자인", "광고대행", "광고동영상", "포스터사진", "인쇄"},
		[]string{"Unit Publicist", "Publicist", "Marketing"},
	},
	{"trailer", Distribution, []string{"예고편"}, nil},
	{"making-of", Distribution, []string{"메이킹필름"}, nil},
	{"choreography", Crew, nil, []string{"Choreographer"}},
	{"coaching", Crew, nil, []string{"Dialect Coach", "Dialogue Coach", "Acting Coach", "Martial Arts Coach"}},
	{"vehicles", Crew, []string{"특수차량"}, []string{"Picture Car Coordinator"}},
	{"transport", Crew, []string{"운송"}, []string{"Driver", "Transportation Captain", "Transportation Coordinator", "Production Driver"}},
	{"catering", Crew, []string{"식당차"}, []string{"Craft Service", "Catering"}},
	{"medical", Crew, nil, []string{"Set Medic"}},
	{"studio", Crew, []string{"스튜디오"}, nil},
	{"stand-in", Crew, nil, []string{"Stand In", "Stand-In", "Body Double", "Hand Double"}},
	{"technical support", Crew, nil, []string{"Systems Administrators & Support", "Software Engineer", "Technical Supervisor"}},
	{"other", Crew, []string{"기타"}, []string{"Other"}},
	{"thanks", Crew, nil, []string{"Thanks", "In Memory Of", "Presenter"}},
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

// kobisJob is the department and the job of a role in KOBIS's words; what is not in
// the vocabulary is its own job.
func kobisJob(role string) (department, job string) {
	if w, ok := kobisWords[role]; ok {
		return w.department, w.job
	}
	return Crew, cmp.Or(role, Crew)
}

// tmdbJob is the same for a job and department of TMDB. The job says more: TMDB
// counts composers to the sound and stunts to the crew.
func tmdbJob(department, job string) (ours, ourJob string) {
	if w, ok := tmdbWords[strings.ToLower(job)]; ok {
		return w.department, w.job
	}
	if d, ok := tmdbDepartments[strings.ToLower(department)]; ok {
		return d, cmp.Or(job, d)
	}
	return Crew, cmp.Or(job, Crew)
}

// Words are KOBIS's words for roles, in the order of the vocabulary.
func Words() []string {
	var list []string
	for _, line := range vocabulary {
		list = append(list, line.kobis...)
	}
	return list
}
