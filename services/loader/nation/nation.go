// Package nation knows KOBIS's words for nations.
package nation

// Code is a nation's in ISO 3166-1; empty for former states, regions and words
// that are not known.
func Code(name string) string { return codes[name] }

// codes are KOBIS's names of nations (comCode 2204, as they are in the
// lists) in ISO 3166-1. Former states and regions without a code are left out.
var codes = map[string]string{
	"한국": "KR", "북한": "KP", "미국": "US", "일본": "JP", "프랑스": "FR", "영국": "GB", "잉글랜드": "GB",
	"독일": "DE", "홍콩": "HK", "캐나다": "CA", "이탈리아": "IT", "중국": "CN", "스페인": "ES", "호주": "AU",
	"인도": "IN", "러시아": "RU", "벨기에": "BE", "네덜란드": "NL", "대만": "TW", "덴마크": "DK", "스위스": "CH",
	"스웨덴": "SE", "폴란드": "PL", "태국": "TH", "멕시코": "MX", "포르투갈": "PT", "브라질": "BR", "이란": "IR",
	"이스라엘": "IL", "체코": "CZ", "오스트리아": "AT", "노르웨이": "NO", "아르헨티나": "AR", "아일랜드": "IE",
	"핀란드": "FI", "헝가리": "HU", "필리핀": "PH", "남아프리카공화국": "ZA", "뉴질랜드": "NZ", "인도네시아": "ID",
	"루마니아": "RO", "그리스": "GR", "싱가포르": "SG", "터키": "TR", "튀르키예": "TR", "칠레": "CL", "룩셈부르크": "LU",
	"말레이시아": "MY", "불가리아": "BG", "아이슬란드": "IS", "에스토니아": "EE", "베트남": "VN", "크로아티아": "HR",
	"콜롬비아": "CO", "이집트": "EG", "우크라이나": "UA", "세르비아": "RS", "슬로바키아": "SK", "카자흐스탄": "KZ",
	"우루과이": "UY", "모로코": "MA", "페루": "PE", "보스니아": "BA", "베네수엘라": "VE", "팔레스타인": "PS",
	"이라크": "IQ", "몽고": "MN", "몽골": "MN", "쿠바": "CU", "아프카니스탄": "AF", "아랍에미리트연합국정부": "AE",
	"캄보디아": "KH", "카타르": "QA", "케냐": "KE", "마케도니아": "MK", "알바니아": "AL", "우즈베키스탄": "UZ",
	"부탄": "BT", "몰타": "MT", "나이지리아": "NG", "보츠와나": "BW", "리비아": "LY", "자메이카": "JM", "엘살바도르": "SV",
}

// Former is the code that TMDB has for a state that is no more: ISO 3166-1's of its
// time, or one of those that it leaves to users. It is empty for any other.
func Former(name string) string { return former[name] }

var former = map[string]string{
	"서독": "DE", "동독": "XG", "소련": "SU", "유고슬라비아": "YU", "체코슬로바키아": "XC", "세르비아몬테네그로": "CS",
}
