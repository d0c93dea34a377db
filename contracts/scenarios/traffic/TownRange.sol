// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

interface ITownRangeUser {
    function uniswapV3SwapCallback(int256 amount0Delta, int256 amount1Delta, bytes calldata data) external;
    function uniswapV3MintCallback(uint256 amount0Owed, uint256 amount1Owed, bytes calldata data) external;
    function uniswapV3FlashCallback(uint256 fee0, uint256 fee1, bytes calldata data) external;
}

/// A pool with the calls, call backs and events of Uniswap v3, whose positions all span the whole range. 0.05 %.
contract TownRange {
    using SafeERC20 for IERC20;

    IERC20 public immutable token0;
    IERC20 public immutable token1;
    uint24 public constant fee = 500;
    uint128 public liquidity;
    uint256 public reserve0;
    uint256 public reserve1;
    mapping(address => uint128) public positions;
    mapping(address => uint256[2]) public owed;
    uint256 private unlocked = 1;

    event Swap(
        address indexed sender, address indexed recipient, int256 amount0, int256 amount1, uint160 sqrtPriceX96,
        uint128 liquidity, int24 tick
    );
    event Mint(
        address sender, address indexed owner, int24 indexed tickLower, int24 indexed tickUpper, uint128 amount,
        uint256 amount0, uint256 amount1
    );
    event Burn(
        address indexed owner, int24 indexed tickLower, int24 indexed tickUpper, uint128 amount, uint256 amount0, uint256 amount1
    );
    event Collect(
        address indexed owner, address recipient, int24 indexed tickLower, int24 indexed tickUpper, uint128 amount0, uint128 amount1
    );
    event Flash(
        address indexed sender, address indexed recipient, uint256 amount0, uint256 amount1, uint256 paid0, uint256 paid1
    );

    modifier lock() {
        require(unlocked == 1, "LOK");
        unlocked = 0;
        _;
        unlocked = 1;
    }

    constructor(IERC20 a, IERC20 b) {
        (token0, token1) = address(a) < address(b) ? (a, b) : (b, a);
    }

    function swap(address recipient, bool zeroForOne, int256 amountSpecified, uint160, bytes calldata data)
        external lock returns (int256 amount0, int256 amount1)
    {
        require(amountSpecified > 0, "AS");
        uint256 amount = uint256(amountSpecified);
        (uint256 rIn, uint256 rOut) = zeroForOne ? (reserve0, reserve1) : (reserve1, reserve0);
        uint256 net = amount * 9995 / 10_000;
        uint256 out = net * rOut / (rIn + net);
        (IERC20 tokenIn, IERC20 tokenOut) = zeroForOne ? (token0, token1) : (token1, token0);
        tokenOut.safeTransfer(recipient, out);
        (amount0, amount1) = zeroForOne ? (amountSpecified, -int256(out)) : (-int256(out), amountSpecified);
        uint256 before = tokenIn.balanceOf(address(this));
        ITownRangeUser(msg.sender).uniswapV3SwapCallback(amount0, amount1, data);
        require(tokenIn.balanceOf(address(this)) >= before + amount, "IIA");
        if (zeroForOne) (reserve0, reserve1) = (rIn + amount, rOut - out);
        else (reserve1, reserve0) = (rIn + amount, rOut - out);
        emit Swap(msg.sender, recipient, amount0, amount1, price(), liquidity, 0);
    }

    function mint(address recipient, int24 lower, int24 upper, uint128 amount, bytes calldata data)
        external lock returns (uint256 amount0, uint256 amount1)
    {
        if (liquidity == 0) (amount0, amount1) = abi.decode(data, (uint256, uint256));
        else (amount0, amount1) = (part(reserve0, amount) + 1, part(reserve1, amount) + 1);
        ITownRangeUser(msg.sender).uniswapV3MintCallback(amount0, amount1, data);
        reserve0 += amount0;
        reserve1 += amount1;
        require(token0.balanceOf(address(this)) >= reserve0 && token1.balanceOf(address(this)) >= reserve1, "M");
        liquidity += amount;
        positions[recipient] += amount;
        emit Mint(msg.sender, recipient, lower, upper, amount, amount0, amount1);
    }

    function burn(int24 lower, int24 upper, uint128 amount) external lock returns (uint256 amount0, uint256 amount1) {
        (amount0, amount1) = (part(reserve0, amount), part(reserve1, amount));
        positions[msg.sender] -= amount;
        liquidity -= amount;
        reserve0 -= amount0;
        reserve1 -= amount1;
        owed[msg.sender][0] += amount0;
        owed[msg.sender][1] += amount1;
        emit Burn(msg.sender, lower, upper, amount, amount0, amount1);
    }

    function collect(address recipient, int24 lower, int24 upper, uint128, uint128) external lock {
        (uint256 a, uint256 b) = (owed[msg.sender][0], owed[msg.sender][1]);
        delete owed[msg.sender];
        token0.safeTransfer(recipient, a);
        token1.safeTransfer(recipient, b);
        emit Collect(msg.sender, recipient, lower, upper, uint128(a), uint128(b));
    }

    function flash(address recipient, uint256 amount0, uint256 amount1, bytes calldata data) external lock {
        (uint256 fee0, uint256 fee1) = ((amount0 * 5 + 9999) / 10_000, (amount1 * 5 + 9999) / 10_000);
        (uint256 b0, uint256 b1) = (token0.balanceOf(address(this)), token1.balanceOf(address(this)));
        if (amount0 > 0) token0.safeTransfer(recipient, amount0);
        if (amount1 > 0) token1.safeTransfer(recipient, amount1);
        ITownRangeUser(msg.sender).uniswapV3FlashCallback(fee0, fee1, data);
        uint256 paid0 = token0.balanceOf(address(this)) - b0;
        uint256 paid1 = token1.balanceOf(address(this)) - b1;
        require(paid0 >= fee0 && paid1 >= fee1, "F");
        reserve0 += paid0;
        reserve1 += paid1;
        emit Flash(msg.sender, recipient, amount0, amount1, paid0, paid1);
    }

    function price() public view returns (uint160) {
        return uint160(Math.sqrt(Math.mulDiv(reserve1, 1 << 192, reserve0)));
    }

    function part(uint256 whole, uint128 amount) private view returns (uint256) {
        return whole * amount / liquidity;
    }
}

/// Swaps and holds positions for people, who have allowed it their tokens.
contract TownRangeRouter {
    using SafeERC20 for IERC20;

    mapping(uint256 => address) public ownerOf;
    mapping(uint256 => uint128) public sizeOf;
    uint256 public minted;

    event IncreaseLiquidity(uint256 indexed tokenId, uint128 liquidity, uint256 amount0, uint256 amount1);
    event DecreaseLiquidity(uint256 indexed tokenId, uint128 liquidity, uint256 amount0, uint256 amount1);
    event Transfer(address indexed from, address indexed to, uint256 indexed tokenId);

    // The pool that is being used; nobody else may call back.
    TownRange private using_;
    address private payer;

    function exactInputSingle(TownRange pool, bool zeroForOne, uint256 amount, uint256 least, address to)
        external returns (uint256 out)
    {
        (using_, payer) = (pool, msg.sender);
        (int256 a, int256 b) = pool.swap(to, zeroForOne, int256(amount), 0, "");
        out = uint256(zeroForOne ? -b : -a);
        require(out >= least, "Too little received");
        delete using_;
    }

    function open(TownRange pool, uint128 amount, bytes calldata first) external returns (uint256 id) {
        (using_, payer) = (pool, msg.sender);
        (uint256 a, uint256 b) = pool.mint(address(this), -887_220, 887_220, amount, first);
        delete using_;
        id = ++minted;
        (ownerOf[id], sizeOf[id]) = (msg.sender, amount);
        emit Transfer(address(0), msg.sender, id);
        emit IncreaseLiquidity(id, amount, a, b);
    }

    function close(TownRange pool, uint256 id) external {
        require(ownerOf[id] == msg.sender, "Not approved");
        uint128 amount = sizeOf[id];
        delete_(id);
        (uint256 a, uint256 b) = pool.burn(-887_220, 887_220, amount);
        pool.collect(msg.sender, -887_220, 887_220, type(uint128).max, type(uint128).max);
        emit DecreaseLiquidity(id, amount, a, b);
        emit Transfer(msg.sender, address(0), id);
    }

    function delete_(uint256 id) private {
        delete ownerOf[id];
        delete sizeOf[id];
    }

    function uniswapV3SwapCallback(int256 a, int256 b, bytes calldata) external {
        require(msg.sender == address(using_), "not the pool");
        (IERC20 token, int256 amount) = a > 0 ? (using_.token0(), a) : (using_.token1(), b);
        token.safeTransferFrom(payer, msg.sender, uint256(amount));
    }

    function uniswapV3MintCallback(uint256 a, uint256 b, bytes calldata) external {
        require(msg.sender == address(using_), "not the pool");
        using_.token0().safeTransferFrom(payer, msg.sender, a);
        using_.token1().safeTransferFrom(payer, msg.sender, b);
    }
}
