package loader

// Bodies in the sources' shapes. Titles, names, dates and ids are facts.

const parasiteDetail = `{"movieInfoResult":{"movieInfo":{"movieCd":"20183782","movieNm":"기생충","movieNmEn":"PARASITE","movieNmOg":"",
"showTm":"131","prdtYear":"2019","openDt":"20190530","prdtStatNm":"개봉","typeNm":"장편","nations":[{"nationNm":"한국"}],
"genres":[{"genreNm":"드라마"}],"directors":[{"peopleNm":"봉준호","peopleNmEn":"BONG Joon-ho"}],
"actors":[{"peopleNm":"송강호","peopleNmEn":"SONG Kang-ho","cast":"기택","castEn":""},{"peopleNm":"이선균","peopleNmEn":"LEE Sun-kyun","cast":"","castEn":"Dong-ik"}],
"showTypes":[{"showTypeGroupNm":"2D","showTypeNm":"디지털"}],
"companys":[{"companyCd":"20100001","companyNm":"(주)바른손이앤에이","companyNmEn":"Barunson E&A","companyPartNm":"제작사"},
{"companyCd":"20101001","companyNm":"(주)씨제이이엔엠","companyNmEn":"CJ ENM","companyPartNm":"배급사"},
{"companyCd":"20101001","companyNm":"(주)씨제이이엔엠","companyNmEn":"CJ ENM","companyPartNm":"제공"}],
"audits":[{"auditNo":"2019-MF00867","watchGradeNm":"15세이상관람가"}],
"staffs":[{"peopleNm":"한진원","peopleNmEn":"HAN Jin-won","staffRoleNm":"시나리오(각본)"},{"peopleNm":"홍경표","peopleNmEn":"HONG Kyung-pyo","staffRoleNm":"촬영"}]},
"source":"영화진흥위원회"}}`

const parasiteMovie = `{"adult":false,"backdrop_path":"/b.jpg","budget":0,"genres":[{"id":35,"name":"코미디"},{"id":53,"name":"스릴러"}],
"homepage":"","id":496243,"imdb_id":"tt6751668","origin_country":["KR"],"original_language":"ko","original_title":"기생충","overview":"",
"popularity":60,"poster_path":"/p.jpg","production_companies":[{"id":7036,"logo_path":"/cj.png","name":"CJ Entertainment","origin_country":"KR"}],
"production_countries":[{"iso_3166_1":"KR","name":"South Korea"}],"release_date":"2019-05-30","revenue":0,"runtime":133,"status":"Released","tagline":"한 줄",
"title":"기생충","video":false,"vote_average":8.5,"vote_count":19000,
"translations":{"translations":[{"iso_3166_1":"KR","iso_639_1":"ko","name":"한국어","english_name":"Korean","data":{"title":"","overview":""}},
{"iso_3166_1":"US","iso_639_1":"en","name":"English","english_name":"English","data":{"title":"Parasite","overview":""}}]},
"alternative_titles":{"titles":[{"iso_3166_1":"US","title":"Gisaengchung","type":"romanization"}]},
"credits":{"cast":[{"id":20738,"name":"송강호","original_name":"송강호","profile_path":"/song.jpg","character":"Ki-taek","order":0,"credit_id":"a1"}],
"crew":[{"id":21684,"name":"봉준호","original_name":"Bong Joon-ho","department":"Directing","job":"Director","credit_id":"c1"}]},
"external_ids":{"imdb_id":"tt6751668","wikidata_id":"Q61448040"},
"images":{"backdrops":[{"aspect_ratio":1.778,"height":2160,"iso_639_1":null,"file_path":"/b.jpg","vote_average":5.4,"vote_count":12,"width":3840}],"logos":[],
"posters":[{"aspect_ratio":0.667,"height":3000,"iso_639_1":"ko","file_path":"/p.jpg","vote_average":5.3,"vote_count":9,"width":2000},{"aspect_ratio":0.667,"height":1500,"iso_639_1":"en","file_path":"/p2.jpg","vote_average":5.1,"vote_count":4,"width":1000}]},
"release_dates":{"results":[{"iso_3166_1":"KR","release_dates":[{"certification":"15","release_date":"2019-05-30T00:00:00.000Z","type":3}]}]},
"keywords":{"keywords":[{"id":1,"name":"dark comedy"}]}}`

const squidGame = `{"adult":false,"backdrop_path":null,"created_by":[{"id":1294471,"credit_id":"x","name":"황동혁","original_name":"Hwang Dong-hyuk"}],
"episode_run_time":[],"first_air_date":"2021-09-17","genres":[{"id":18,"name":"드라마"}],"id":93405,"in_production":false,"last_air_date":"2025-06-27",
"name":"오징어 게임","networks":[{"id":213,"name":"Netflix","origin_country":""}],"number_of_episodes":22,"number_of_seasons":3,"origin_country":["KR"],
"original_language":"ko","original_name":"오징어 게임","overview":"","popularity":100.1,"poster_path":"/s.jpg","production_companies":[],
"production_countries":[],"seasons":[{"air_date":"2021-09-17","episode_count":9,"id":1,"name":"시즌 1","season_number":1},{"air_date":null,"episode_count":6,"id":2,"name":"시즌 3","season_number":3}],
"status":"Ended","type":"Scripted","vote_average":7.8,"vote_count":14000,
"translations":{"translations":[{"iso_3166_1":"US","iso_639_1":"en","data":{"name":"Squid Game","overview":""}}]},
"alternative_titles":{"results":[{"iso_3166_1":"US","title":"Round Six","type":""}]},
"aggregate_credits":{"cast":[{"id":73249,"name":"이정재","original_name":"이정재","roles":[{"credit_id":"r1","character":"Seong Gi-hun","episode_count":22}],"order":0}],
"crew":[{"id":1294471,"name":"황동혁","original_name":"Hwang Dong-hyuk","department":"Directing","jobs":[{"credit_id":"j1","job":"Director","episode_count":22},{"credit_id":"j2","job":"Screenplay","episode_count":22}]}]},
"external_ids":{"imdb_id":"tt10919420"},"content_ratings":{"results":[{"iso_3166_1":"KR","rating":"19"}]},"keywords":{"results":[]}}`

const boxOfficeDay = `{"boxOfficeResult":{"boxofficeType":"일별 박스오피스","showRange":"20190530~20190530","dailyBoxOfficeList":[
{"rnum":"1","rank":"1","rankInten":"0","rankOldAndNew":"NEW","movieCd":"20183782","movieNm":"기생충","openDt":"2019-05-30","salesAmt":"4886000000","salesShare":"72.5","salesInten":"4886000000","salesChange":"100","salesAcc":"4900000000","audiCnt":"568092","audiInten":"568092","audiChange":"100","audiAcc":"572017","scrnCnt":"1783","showCnt":"8512"},
{"rnum":"2","rank":"2","rankInten":"-1","rankOldAndNew":"OLD","movieCd":"20190001","movieNm":"알라딘","openDt":"2019-05-23","salesAmt":"900000000","salesShare":"13.4","salesInten":"-56","salesChange":"-56.5","salesAcc":"","audiCnt":"100000","audiInten":"-5","audiChange":"-3.1","audiAcc":"1500000","scrnCnt":"1000","showCnt":"4000"}]}}`

// The code is KOBIS' in form alone.
const directorList = `{"peopleListResult":{"totCnt":1,"peopleList":[{"peopleCd":"10037090","peopleNm":"봉준호","peopleNmEn":"BONG Joon-ho","repRoleNm":"감독","filmoNames":"기생충|옥자"}],"source":"영화진흥위원회"}}`

const directorInfo = `{"peopleInfoResult":{"peopleInfo":{"peopleCd":"10037090","peopleNm":"봉준호","peopleNmEn":"BONG Joon-ho","sex":"남자","repRoleNm":"감독","homepages":[],
"filmos":[{"movieCd":"20183782","movieNm":"기생충","moviePartNm":"감독"},{"movieCd":"20183782","movieNm":"기생충","moviePartNm":"시나리오(각본)"},{"movieCd":"20179105","movieNm":"옥자","moviePartNm":"감독"}]},"source":"영화진흥위원회"}}`

const directorPerson = `{"adult":false,"also_known_as":["봉준호","Bong Joon Ho"],"biography":"","birthday":"1969-09-14","deathday":null,"gender":2,"homepage":null,"id":21684,
"imdb_id":"nm0094435","known_for_department":"Directing","name":"Bong Joon-ho","place_of_birth":"Daegu, South Korea","popularity":10,"profile_path":"/bong.jpg",
"external_ids":{"imdb_id":"nm0094435","wikidata_id":"Q494240"},"translations":{"translations":[{"iso_3166_1":"KR","iso_639_1":"ko","name":"한국어","english_name":"Korean","data":{"biography":"","name":"봉준호"}}]}}`
